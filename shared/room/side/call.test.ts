/** The call in a room: who is in it, the connections between every two, the ninth, losses, and members who lie. */
import { describe, expect, test } from 'vitest';
import { limits } from '../../limits.ts';
import { meet } from '../../testing/sim-check.ts';
import type { Page, Sim } from '../../testing/sim-world.ts';
import type { CallInner } from '../../wire/call.ts';
import type { CallLeg, CallShown, CallState, LegOrder, PeerId } from '../types.ts';
import { sendSide } from './send.ts';

const quiet: CallShown = { muted: false, camera: false, screen: false };
const show = (page: Page, shown: Partial<CallShown> = {}) => page.feed({ type: 'call', deed: { name: 'show', ...quiet, ...shown } });
const leave = (page: Page) => page.feed({ type: 'call', deed: { name: 'leave' } });

const call = (page: Page): CallState => {
  const told = page.events.findLast((event) => event.type === 'call');
  return told?.type === 'call' ? told.call : { in: false, full: false, others: [] };
};
const legs = (page: Page): CallLeg[] => call(page).others.map(({ leg }) => leg);
const inIt = (page: Page): string[] => call(page).others.map(({ peer }) => page.people.get(peer)?.name ?? '?');

/** One end of a connection as a browser would make it: a certificate, an offer, an answer, and it stands. */
interface End {
  readonly page: Page;
  readonly peer: PeerId;
  readonly attempt: number;
  state: 'dialling' | 'open' | 'bound' | 'closed';
}

class Media {
  readonly ends: End[] = [];
  /** What a page sees as the other's certificate. */
  seen: (page: Page, other: string) => string = (_, other) => other;
  reaches = true;

  constructor(sim: Sim) {
    for (const page of sim.pages) this.serve(page);
  }

  serve(page: Page): void {
    page.media = (peer, order) => page.sim.after(1, () => this.#order(page, peer, order));
  }

  of(page: Page, peer: PeerId): End | undefined {
    return this.ends.findLast((end) => end.page === page && end.peer === peer);
  }

  open(page: Page): number {
    return this.ends.filter((end) => end.page === page && (end.state === 'open' || end.state === 'bound')).length;
  }

  #order(page: Page, peer: PeerId, order: LegOrder): void {
    const end = this.of(page, peer);
    if (order.name === 'dial') {
      const { attempt } = order;
      this.ends.push({ page, peer, attempt, state: 'dialling' });
      if (order.offers) page.feed({ type: 'call', deed: { name: 'signal', peer, attempt, signal: `offer ${page.name}` } });
    } else if (end === undefined) throw new Error(`${order.name} before a dial`);
    else if (order.name === 'close') end.state = 'closed';
    else if (order.name === 'bound') end.state = 'bound';
    else this.#signal(end, order.signal);
  }

  #signal(end: End, signal: string): void {
    const { page, peer, attempt } = end;
    if (!this.reaches || end.state !== 'dialling') return;
    const [kind, other = ''] = signal.split(' ');
    end.state = 'open';
    if (kind === 'offer') page.feed({ type: 'call', deed: { name: 'signal', peer, attempt, signal: `answer ${page.name}` } });
    const fingerprints = { local: page.name, remote: this.seen(page, other) };
    page.feed({ type: 'call', deed: { name: 'opened', peer, attempt, fingerprints } });
  }

  /** The network between two people is gone. */
  cut(page: Page, other: Page): void {
    for (const [one, peer] of [
      [page, other.id],
      [other, page.id],
    ] as const) {
      const end = this.of(one, peer);
      if (end === undefined || end.state === 'closed') continue;
      end.state = 'closed';
      one.feed({ type: 'call', deed: { name: 'closed', peer, attempt: end.attempt } });
    }
  }
}

function calls(seed: number, members: number): { sim: Sim; media: Media; pages: Page[] } {
  const sim = meet(seed, members, { direct: true });
  sim.run(2000);
  return { sim, media: new Media(sim), pages: sim.pages };
}

const tell = (page: Page, inner: CallInner) =>
  page.misbehave((turn) => {
    for (const peer of turn.room.peers.values()) if (peer.member !== null) sendSide(turn, peer, peer.member, { type: 'call', ...inner });
  });
const dropsOf = (page: Page, code: string) =>
  [...page.drops].filter(([what]) => what.endsWith(code)).reduce((sum, [, count]) => sum + count, 0);

describe('a call', () => {
  test('is a verified connection between every two who are in it, and nobody else', () => {
    const { sim, media, pages } = calls(1, 4);
    const [ann, bob, cem, dan] = pages as [Page, Page, Page, Page];
    show(ann);
    sim.run(500);
    expect(call(bob)).toMatchObject({ in: false, others: [{ peer: ann.id, leg: 'none' }] });
    expect(media.ends, 'nobody is drawn in').toEqual([]);
    show(bob, { muted: true });
    show(cem, { camera: true });
    sim.run(1000);
    for (const page of [ann, bob, cem]) expect(legs(page), page.name).toEqual(['verified', 'verified']);
    expect(legs(dan)).toEqual(['none', 'none', 'none']);
    expect(media.ends.filter(({ state }) => state === 'bound')).toHaveLength(6);
    expect(call(ann).others.find(({ peer }) => peer === bob.id)).toMatchObject({ muted: true, camera: false });
    show(bob, { muted: false, screen: true });
    sim.run(500);
    expect(call(ann).others.find(({ peer }) => peer === bob.id)).toMatchObject({ muted: false, screen: true });
    expect(media.ends, 'nothing is made anew for that').toHaveLength(6);
  });

  test('is left by a word, by leaving the room and by the end of a page; connections go with it', () => {
    const { sim, media, pages } = calls(2, 4);
    const [ann, bob, cem, dan] = pages as [Page, Page, Page, Page];
    for (const page of pages) show(page);
    sim.run(1000);
    leave(bob);
    sim.run(500);
    expect(inIt(ann)).not.toContain(bob.name);
    expect(media.open(bob)).toBe(0);
    cem.leave();
    sim.run(500);
    expect(inIt(ann)).toEqual([dan.name]);
    expect(media.open(ann)).toBe(1);
    show(bob);
    sim.run(1000);
    expect(legs(bob)).toEqual(['verified', 'verified']);
  });

  test('is told to whoever comes later', () => {
    const { sim, media, pages } = calls(3, 2);
    const [ann, bob] = pages as [Page, Page];
    show(ann, { camera: true });
    const eve = sim.open('Eve');
    media.serve(eve);
    sim.until(() => eve.people.size === 2, 'Eve to meet both');
    sim.run(1000);
    expect(call(eve).others).toMatchObject([{ peer: ann.id, camera: true }]);
    show(eve);
    show(bob);
    sim.run(1000);
    expect(legs(eve)).toEqual(['verified', 'verified']);
  });

  test('has eight places: one of two who take the last at once has it, and nobody is pushed out of one', () => {
    const { sim, media, pages } = calls(4, 9);
    const [first, ...rest] = pages as [Page, ...Page[]];
    for (const page of pages.slice(0, 7)) show(page);
    sim.run(2000);
    show(pages[7] as Page);
    show(pages[8] as Page);
    sim.run(3000);
    const [ninth] = pages.filter((page) => !call(page).in) as [Page];
    const eight = pages.filter((page) => page !== ninth);
    expect(call(ninth)).toMatchObject({ in: false, full: true });
    expect(media.open(ninth)).toBe(0);
    for (const page of eight) expect(legs(page), page.name).toEqual(Array(7).fill('verified'));

    show(ninth);
    sim.run(500);
    expect(call(ninth), 'asking again changes nothing').toMatchObject({ in: false, full: true });
    sim.run(limits.callSettleMs);
    tell(ninth, { kind: 'state', seq: 90, visit: 90, ...quiet });
    sim.run(2000);
    for (const page of eight)
      expect(
        legs(page).filter((leg) => leg === 'verified'),
        page.name,
      ).toHaveLength(7);
    expect(call(eight[0] as Page).others.find(({ peer }) => peer === ninth.id)?.leg).toBe('none');

    tell(ninth, { kind: 'state', seq: 91, visit: null, ...quiet });
    leave(first === ninth ? (rest[0] as Page) : first);
    sim.run(500);
    if (ninth.room.state.name === 'living' && ninth.room.state.side.call !== null) ninth.room.state.side.call.seq = 91;
    show(ninth);
    sim.run(2000);
    expect(legs(ninth)).toEqual(Array(7).fill('verified'));
  });

  test('makes a lost connection anew, and shows that it does', () => {
    const { sim, media, pages } = calls(6, 2);
    const [ann, bob] = pages as [Page, Page];
    show(ann);
    show(bob);
    sim.run(1000);
    media.reaches = false;
    media.cut(ann, bob);
    sim.run(200);
    expect([legs(ann), legs(bob)]).toEqual([['reconnecting'], ['reconnecting']]);
    sim.run(30_000);
    expect(legs(ann)).toEqual(['reconnecting']);
    media.reaches = true;
    sim.until(() => legs(ann)[0] === 'verified' && legs(bob)[0] === 'verified', 'both to be connected again', 40_000);
  });

  test('does not dial someone whom nothing reaches, however long that lasts', () => {
    const { sim, media, pages } = calls(7, 2);
    const [ann, bob] = pages as [Page, Page];
    show(ann);
    show(bob);
    sim.run(1000);
    bob.sleep(40_000);
    sim.killLinks(true);
    sim.run(1);
    media.cut(ann, bob);
    sim.run(39_000);
    const tried = media.ends.length;
    sim.until(() => legs(ann)[0] === 'verified' && legs(bob)[0] === 'verified', 'both to be connected again', 60_000);
    expect(tried).toBeLessThan(10);
  });

  test('is none where nothing is direct', () => {
    const sim = meet(8, 2);
    const media = new Media(sim);
    const [ann, bob] = sim.pages as [Page, Page];
    show(ann);
    tell(bob, { kind: 'state', seq: 1, visit: 1, ...quiet });
    sim.run(1000);
    expect(call(ann)).toEqual({ in: false, full: false, others: [] });
    expect(media.ends).toEqual([]);
    expect(dropsOf(ann, 'misuse')).toBe(1);
  });

  test('ends nowhere else than the handshake said: another certificate is refused, not tried again, and no media flows', () => {
    const { sim, media, pages } = calls(9, 3);
    const [ann, bob, cem] = pages as [Page, Page, Page];
    media.seen = (page, other) => (page === ann && other === bob.name ? 'of someone between' : other);
    for (const page of pages) show(page);
    sim.run(1500);
    const leg = (page: Page, of: Page) => call(page).others.find(({ peer }) => peer === of.id)?.leg;
    expect([leg(ann, bob), leg(bob, ann)]).toEqual(['unauthentic', 'unauthentic']);
    expect([leg(ann, cem), leg(bob, cem)]).toEqual(['verified', 'verified']);
    expect(media.ends.filter(({ page, peer }) => page === ann && peer === bob.id).map(({ state }) => state)).toEqual(['closed']);
    expect(dropsOf(ann, 'unauthentic') + dropsOf(bob, 'unauthentic')).toBeGreaterThan(0);
    sim.run(60_000);
    expect(media.ends.filter(({ page, peer }) => page === ann && peer === bob.id)).toHaveLength(1);
    media.seen = (_, other) => other;
    leave(bob);
    sim.run(500);
    show(bob);
    sim.run(1500);
    expect(leg(ann, bob)).toBe('verified');
  });
});

describe('a member that lies about a call', () => {
  test('cannot draw anybody in, nor signal to those who are not', () => {
    const { sim, media, pages } = calls(10, 3);
    const [mal, ann, bob] = pages as [Page, Page, Page];
    tell(mal, { kind: 'state', seq: 1, visit: 1, ...quiet });
    tell(mal, { kind: 'signal', attempt: 9, index: 0, signal: 'offer x' });
    tell(mal, { kind: 'bind', attempt: 9, hash: new Uint8Array(32) });
    sim.run(500);
    expect([...media.ends, call(ann).in, call(bob).in]).toEqual([false, false]);
  });

  test('has few connections made by others, and ends none but its own', () => {
    const { sim, media, pages } = calls(11, 3);
    const byKey = [...pages].sort((a, b) => Buffer.compare(key(a), key(b)));
    const [mal, ann, bob] = byKey as [Page, Page, Page];
    for (const page of pages) show(page);
    sim.run(1000);
    for (let attempt = 10; attempt < 200; attempt++) tell(mal, { kind: 'signal', attempt, index: 0, signal: `offer ${mal.name}` });
    sim.run(1000);
    expect(media.ends.filter(({ page, peer }) => page === ann && peer === mal.id).length).toBeLessThanOrEqual(limits.callAttempts);
    expect(dropsOf(ann, 'flood')).toBeGreaterThan(0);
    expect(call(ann).others.find(({ peer }) => peer === bob.id)?.leg).toBe('verified');
    expect(media.ends.filter(({ page, peer }) => page === ann && peer === bob.id)).toHaveLength(1);
  });

  test('cannot number attempts where the other side offers', () => {
    const { sim, media, pages } = calls(12, 2);
    const [ann, mal] = [...pages].sort((a, b) => Buffer.compare(key(a), key(b))) as [Page, Page];
    for (const page of pages) show(page);
    sim.run(1000);
    tell(mal, { kind: 'signal', attempt: 7, index: 0, signal: 'offer x' });
    sim.run(500);
    expect(dropsOf(ann, 'misuse')).toBe(1);
    expect(legs(ann)).toEqual(['verified']);
    expect(media.ends).toHaveLength(2);
  });

  test('changes nothing by words that come late', () => {
    const { sim, pages } = calls(14, 2);
    const [mal, ann] = pages as [Page, Page];
    tell(mal, { kind: 'state', seq: 9, visit: 9, ...quiet });
    tell(mal, { kind: 'state', seq: 8, visit: null, ...quiet });
    sim.run(500);
    expect(inIt(ann)).toEqual([mal.name]);
  });
});

function key(page: Page): Uint8Array {
  const { state } = page.room;
  if (state.name === 'ended') throw new Error('the room has ended');
  return state.me.statics.public;
}
