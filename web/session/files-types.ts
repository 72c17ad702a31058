/** What components see of files: values to show and verbs to call. The part of the program behind them is loaded with the first file. */
import type { MessageId, PeerId } from '../../shared/room/types.ts';

export interface FilesView {
  /** Chosen and not sent yet. */
  readonly tray: readonly TrayFile[];
  /** Everything about the file that a message offers; undefined for a message without one. */
  of(id: MessageId): FileView | undefined;
  /** Puts files on the tray, where pictures are looked at and cleaned. */
  choose(files: readonly File[]): void;
  take(key: number): void;
  /** Metadata of this picture stays in it, or does not. */
  keepMetadata(key: number, keep: boolean): void;
  /** Reads what is on the tray through once and offers it to everybody. */
  send(): Promise<void>;
  sendVoice(note: Blob, durationMs: number, levels: Uint8Array): Promise<void>;
  /** Fetches a file to where the person wants it; a file that is here already is saved there. */
  save(id: MessageId): Promise<void>;
  /** Does once more what failed: fetches it to be shown, or to where the person wants it. */
  tryAgain(id: MessageId): void;
  pause(id: MessageId): void;
  resume(id: MessageId): void;
  /** Of one's own: nobody gets it any more. Of others: one does not want it any more. */
  cancel(id: MessageId): void;
  /** Fetches a picture or a voice note to be shown; one that is too large for the page's memory can only be saved. */
  bring(id: MessageId): void;
  /** A picture as large as a screen, as an address that is good until the next one; undefined where it cannot be shown. */
  large(id: MessageId): Promise<string | undefined>;
}

export interface TrayFile {
  readonly key: number;
  readonly name: string;
  readonly size: number;
  /** Address of a small picture. */
  readonly preview?: string;
  readonly metadata: 'none' | 'looking' | 'removed' | 'kept' | 'cannot-remove';
  readonly state: TrayState;
}

export type TrayState =
  | { readonly name: 'chosen' }
  | { readonly name: 'reading'; readonly part: number }
  | { readonly name: 'refused'; readonly why: 'empty' | 'too-large' | 'unreadable' };

export interface FileView {
  readonly id: MessageId;
  readonly mine: boolean;
  /** Fit to be shown and to be saved under. */
  readonly name: string;
  readonly size: number;
  readonly kind: 'file' | 'picture' | 'voice';
  /** It may run when it is opened. */
  readonly program: boolean;
  /** Of a picture, as its sender says. */
  readonly width: number;
  readonly height: number;
  /** Of a voice note, likewise. */
  readonly durationMs: number;
  readonly levels: Uint8Array;
  /** Address of a picture small enough for the log: the preview at first, then made of the whole. */
  readonly picture?: string;
  /** Address of the whole voice note. */
  readonly sound?: string;
  /** It is here, but is not what it says or too large to be shown. */
  readonly unshowable: boolean;
  readonly state: FileState;
}

export type FileState =
  /** Ours; with everyone who has asked for it. */
  | { readonly name: 'shared'; readonly receivers: readonly FileReceiver[] }
  | { readonly name: 'offered' }
  | { readonly name: 'receiving' | 'paused'; readonly bytes: number; readonly perSecond: number }
  /** Whole and proven, in this page's memory. */
  | { readonly name: 'here' }
  | { readonly name: 'saved' }
  | { readonly name: 'failed'; readonly why: FileFailure }
  | { readonly name: 'withdrawn' };

export type FileFailure = 'unreadable' | 'refused' | 'left' | 'damaged' | 'unwritable' | 'too-large';

export interface FileReceiver {
  readonly peer: PeerId;
  readonly name: string;
  readonly part: number;
  readonly state: 'going' | 'stopped' | 'done' | 'left';
}
