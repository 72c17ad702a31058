/** Files for the demo: pictures that are drawn on the spot, a voice note, and a file in every state worth seeing. */
import type { FileState, FilesView, FileView, MessageId, PeerId, ShownMessage, TrayFile } from '../session/types.ts';

const kB = 1000;
const MB = 1000 * kB;

/** A landscape: sky, sun, hills, in the hues of its number. */
function landscape(n: number, width: number, height: number): string {
  const hue = (n * 47 + 20) % 360;
  const hill = (up: number, light: number) =>
    `<path d="M0 ${height * up} Q${width * 0.3} ${height * (up - 0.2)} ${width * 0.55} ${height * up} T${width} ${height * (up - 0.08)} V${height} H0 Z" fill="hsl(${(hue + 90) % 360} 35% ${light}%)"/>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}"><rect width="${width}" height="${height}" fill="hsl(${hue} 70% 80%)"/><circle cx="${width * (0.2 + (n % 4) * 0.2)}" cy="${height * 0.3}" r="${height * 0.1}" fill="hsl(${hue} 90% 93%)"/>${hill(0.6, 55)}${hill(0.75, 42)}${hill(0.9, 30)}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

export const picture = (n: number, width = 640, height = 480): Partial<FileView> => ({
  name: `garden-${n}.jpg`,
  kind: 'picture',
  size: (1.2 + n * 0.3) * MB,
  width,
  height,
  picture: landscape(n, width, height),
  state: { name: 'here' },
});

export const voice: Partial<FileView> = {
  name: 'voice.webm',
  kind: 'voice',
  size: 90 * kB,
  durationMs: 17_000,
  levels: Uint8Array.from({ length: 48 }, (_, i) => 60 + 90 * Math.abs(Math.sin(i / 3)) + ((i * 37) % 60)),
};

export const shared = (...parts: number[]): FileState => ({
  name: 'shared',
  receivers: parts.map((part, i) => ({
    peer: `peer${i + 1}` as PeerId,
    name: ['Ada', 'Bob'][i] ?? 'Cleo',
    part,
    state: part === 1 ? 'done' : 'going',
  })),
});

/** Every state, in the order in which a file goes through them. */
export const states: readonly Partial<FileView>[] = [
  { name: 'minutes.pdf', size: 410 * kB, state: { name: 'offered' } },
  { name: 'recording of the whole evening.flac', size: 740 * MB, state: { name: 'receiving', bytes: 231 * MB, perSecond: 18.2 * MB } },
  { name: 'backup.tar.zst', size: 1.4 * 1000 * MB, state: { name: 'paused', bytes: 900 * MB, perSecond: 0 } },
  { name: 'letter.odt', size: 33 * kB, state: { name: 'saved' } },
  { name: 'setup.exe', size: 6 * MB, program: true, state: { name: 'offered' } },
  { name: 'broken.zip', size: 2 * MB, state: { name: 'failed', why: 'damaged' } },
  { name: 'old.txt', size: 2 * kB, state: { name: 'withdrawn' } },
  { name: 'plan.svg', size: 20 * kB, mine: true, state: shared(1, 0.42) },
];

export const tray: readonly TrayFile[] = [
  { key: 1, name: 'garden-1.jpg', size: 1.6 * MB, metadata: 'removed', preview: landscape(1, 360, 270), state: { name: 'chosen' } },
  { key: 2, name: 'minutes.pdf', size: 410 * kB, metadata: 'none', state: { name: 'reading', part: 0.6 } },
  { key: 3, name: 'scan.tiff', size: 22 * MB, metadata: 'cannot-remove', state: { name: 'chosen' } },
  { key: 4, name: 'empty.txt', size: 0, metadata: 'none', state: { name: 'refused', why: 'empty' } },
];

export class DemoFiles implements FilesView {
  tray = $state.raw<readonly TrayFile[]>([]);
  readonly #files: ReadonlyMap<MessageId, FileView>;

  constructor(files: ReadonlyMap<MessageId, Partial<FileView>>, onTray: readonly TrayFile[] = []) {
    this.tray = onTray;
    this.#files = new Map(
      [...files].map(([id, file]) => [
        id,
        {
          id,
          mine: false,
          name: 'file',
          size: 0,
          kind: 'file',
          program: false,
          width: 0,
          height: 0,
          durationMs: 0,
          levels: new Uint8Array(),
          unshowable: false,
          state: { name: 'offered' },
          ...file,
        },
      ]),
    );
  }

  of(id: MessageId) {
    return this.#files.get(id);
  }

  async large(id: MessageId) {
    return this.#files.get(id)?.picture;
  }

  choose() {}

  take(key: number) {
    this.tray = this.tray.filter((file) => file.key !== key);
  }

  keepMetadata() {}

  async send() {
    this.tray = [];
  }

  async sendVoice() {}
  async save() {}
  tryAgain() {}
  pause() {}
  resume() {}
  cancel() {}
  bring() {}
}

/** The messages with files beside them, as a room shows them. */
export function withFiles(
  say: (more: Partial<ShownMessage>, mine: boolean) => ShownMessage,
  files: readonly Partial<FileView>[],
): { messages: ShownMessage[]; of: Map<MessageId, Partial<FileView>> } {
  const of = new Map<MessageId, Partial<FileView>>();
  const messages = files.map((file) => {
    const about = file.kind === 'picture' ? { kind: 'picture', width: 640, height: 480, preview: new Uint8Array() } : { kind: 'file' };
    const message = say({ file: { name: file.name ?? 'file', about } as never }, file.mine === true);
    of.set(message.id, file);
    return message;
  });
  return { messages, of };
}
