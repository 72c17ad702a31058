/**
 * Links that live in one page's memory, for tests: the same contract as WebRTC, with every delivery at the next turn of
 * the microtask queue. Signals name the end they come from, so any pair of ends that exchange signals get connected.
 */
import type { Link, LinkEvents, LinkSetup, OpenLink } from './link.ts';

interface End {
  readonly events: LinkEvents;
  readonly fingerprint: string;
  state: 'new' | 'open' | 'closed';
  peer: End | undefined;
  waiting: number;
  fileFrames: number;
}

/** File frames under way before there is no room. */
const fileFrames = 16;

/** An `OpenLink` of its own small network; `cut` breaks every open link of it, as a lost network does. */
export function fakeLinks(): { readonly open: OpenLink; cut(): void } {
  const ends: End[] = [];

  const finish = (end: End, tell: boolean): void => {
    if (end.state === 'closed') return;
    end.state = 'closed';
    if (tell) end.events.closed();
  };

  const connect = (end: End, peer: End): void => {
    if (end.state !== 'new' || peer.state === 'closed') return;
    end.peer = peer;
    end.state = 'open';
    end.events.open({ local: end.fingerprint, remote: peer.fingerprint });
  };

  const open = ({ offers }: LinkSetup, events: LinkEvents): Link => {
    const number = ends.length;
    const fingerprint = `SHA-256 ${Array.from({ length: 32 }, () => (number & 255).toString(16).padStart(2, '0').toUpperCase()).join(':')}`;
    const end: End = { events, fingerprint, state: 'new', peer: undefined, waiting: 0, fileFrames: 0 };
    ends.push(end);
    const say = (kind: 'offer' | 'answer'): void => {
      if (end.state !== 'closed') events.signal(`${kind} ${number}`);
    };
    if (offers) queueMicrotask(() => say('offer'));
    return {
      signal(text) {
        const parsed = /^(offer|answer) (\d+)$/.exec(text);
        const peer = parsed === null ? undefined : ends[Number(parsed[2])];
        if (peer === undefined || peer === end || end.state !== 'new' || parsed?.[1] === (offers ? 'offer' : 'answer')) return;
        if (!offers) say('answer');
        queueMicrotask(() => connect(end, peer));
      },
      send(bytes) {
        const { peer } = end;
        if (end.state !== 'open' || peer === undefined) return;
        const copy = Uint8Array.from(bytes);
        end.waiting += copy.length;
        queueMicrotask(() => {
          end.waiting -= copy.length;
          connect(peer, end);
          if (peer.state === 'open') peer.events.bytes(copy);
        });
      },
      sendFile(frame) {
        const { peer } = end;
        if (end.state !== 'open' || peer === undefined || end.fileFrames >= fileFrames) return false;
        const copy = Uint8Array.from(frame);
        end.fileFrames++;
        queueMicrotask(() => {
          if (end.fileFrames-- === fileFrames && end.state === 'open') events.fileRoom();
          connect(peer, end);
          if (peer.state === 'open') peer.events.file(copy);
        });
        return true;
      },
      waitingBytes: () => (end.state === 'closed' ? 0 : end.waiting),
      path: async () => 'direct',
      close() {
        finish(end, false);
        const { peer } = end;
        if (peer !== undefined) queueMicrotask(() => finish(peer, true));
      },
    };
  };

  return {
    open,
    cut() {
      for (const end of ends) if (end.state === 'open') finish(end, true);
    },
  };
}
