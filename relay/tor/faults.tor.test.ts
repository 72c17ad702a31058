/** What can go wrong under a relay with an onion: each fault is told by its own name, and none takes the relay with it. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, inject, it } from 'vitest';
import { Program } from '../../e2e/process.ts';
import { newRoomKey, TestClient } from '../testing/client.ts';
import { OnionRelay } from '../testing/onion-relay.ts';
import type { ProbePace } from './onion.ts';

const network = inject('torNetwork');
const program = (name: string): string => fileURLToPath(new URL(`../testing/${name}`, import.meta.url));
const ends: (() => unknown)[] = [];
/** For what a process says: the test's own limit is to end a hang. */
const longMs = 120_000;

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'hushroom-faults-'));
  ends.push(() => rmSync(made, { recursive: true, force: true }));
  return made;
}

async function start(settings: Record<string, unknown>, pace?: ProbePace): Promise<OnionRelay> {
  const relay = new OnionRelay({ onion: true, dataDir: folder(), torExtra: network.memberFile, ...settings }, pace);
  ends.push(() => relay.close());
  return await relay.start();
}

/** Two people on the clearnet side talk. */
async function talk(port: number): Promise<void> {
  const room = newRoomKey();
  const [ann, ben] = [await TestClient.join(port, room), await TestClient.join(port, room)];
  ann.send(ben.inst, Buffer.from('still here'));
  expect(await ben.texts(1)).toEqual(['still here']);
  await Promise.all([ann.close(), ben.close()]);
}

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end();
});

describe('a relay whose tor is in trouble', () => {
  it('tells that tor hangs at 50 %, leaves it alone, and goes on without it', async () => {
    process.env['NODE'] = process.execPath;
    const relay = await start({ torPath: program('stuck-tor.sh'), bootstrapSeconds: 5 });
    const told = await relay.says('tor-trouble', { trouble: 'bootstrap-stalls' });
    expect(told['detail']).toBe('50 %: Loading relay descriptors');
    expect(relay.relay.counters).toMatchObject({ torStarts: 0, levels: { torBootstrapPercent: 50, onionReachable: 0 } });
    expect(relay.tor.own!.restarts).toBe(0);
    await talk(relay.relay.port);
  });

  it.each(['+', '-'])('tells that the clock is off by an hour (%s)', async (sign) => {
    process.env['SKEW'] = sign;
    const relay = await start({ torPath: program('skewed-tor.sh') });
    const { detail } = await relay.says('tor-trouble', { trouble: 'clock-off' });
    expect(detail).toMatch(/^by about (59|60|61) minutes$/);
    await talk(relay.relay.port);
  });

  it('tells when visits to the onion come back no more, and starts tor again', async () => {
    const relay = await start({}, { everyMs: 200, againMs: 200 });
    await relay.reachable();
    const from = relay.events.length;
    // The door is shut: circuits are built, and nobody answers at their end.
    rmSync(relay.tor.own!.folder.door);
    await relay.says('tor-trouble', { trouble: 'onion-unreachable' }, from);
    await relay.says('tor-trouble', { trouble: 'tor-ended' }, from);
    expect(relay.relay.counters.onionProbesFailed).toBeGreaterThanOrEqual(3);
    expect(relay.relay.counters.levels.onionReachable).toBe(0);
    await relay.says('tor-ready', {}, from);
    expect(relay.relay.counters.torStarts).toBe(1);
  });
});

describe('a relay whose disk is full', () => {
  it('does not start with the disk full already, and says so in one sentence', async () => {
    const fill = 'head -c 9M /dev/zero > "$0/full" 2>/dev/null; exec "$@"';
    const { relay } = new OnDisk((disk) => ['sh', '-c', fill, disk]);
    expect(await relay.ends(longMs)).toBe(1);
    expect(relay.output).toMatch(
      /^hushroom: (?:disk-full: the disk of the data folder is full|the folder .* cannot be used: its disk is full)/m,
    );
  });

  it('talks on when the disk runs full, tells it, and comes back to Tor when there is room', async () => {
    const disk = new OnDisk();
    const { relay } = disk;
    const { port } = JSON.parse(await relay.says(/"listening"/, longMs)) as { port: number };
    const { address } = JSON.parse(await relay.says(/"onion-reachable"/, longMs)) as { address: string };
    disk.inside('head -c 20M /dev/zero > "$0/full" 2>/dev/null; true');
    disk.killTor();
    await relay.says(/"disk-full"/, longMs);
    await talk(port);
    const from = relay.lines.length;
    disk.inside('rm -f "$0/full"');
    await relay.says(/"tor-ready"/, longMs, from);
    expect(address).toMatch(/\.onion$/);
  });
});

/** A relay as a program whose data folder is a small disk of its own, in a mount namespace that goes with it. */
class OnDisk {
  readonly relay: Program;
  readonly #disk = folder();

  constructor(before: (disk: string) => readonly string[] = () => []) {
    const settings = ['--data-dir', `${this.#disk}/data`, '--tor-extra', network.memberFile];
    const mount = 'mount -t tmpfs -o size=8m none "$0" && exec "$@"';
    const user = process.getuid?.() === 0 ? [] : ['--user', '--map-root-user'];
    const entry = ['unshare', ...user, '--mount', 'sh', '-c', mount, this.#disk, ...before(this.#disk)];
    const main = fileURLToPath(new URL('../main.ts', import.meta.url));
    this.relay = new Program(process.execPath, [main, '--onion', '--port', '0', '--web-root', 'none', ...settings], { entry });
    ends.push(() => this.relay.end('SIGTERM'));
  }

  /** Runs a short script where the disk is seen; `$0` is the disk. */
  inside(script: string): void {
    const user = process.getuid?.() === 0 ? [] : ['--user', '--preserve-credentials'];
    execFileSync('nsenter', ['--target', String(this.relay.pid), ...user, '--mount', 'sh', '-c', script, this.#disk]);
  }

  killTor(): void {
    const { pid } = this.relay;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
    process.kill(children.find((child) => readFileSync(`/proc/${child}/comm`, 'utf8') === 'tor\n')!, 'SIGKILL');
  }
}
