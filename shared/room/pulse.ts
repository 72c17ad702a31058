/**
 * Signs of life of one member (protocol.md "Membership", "Paths"). Any frame that opens is one; after 15 s without, we ask. Either
 * side's question serves both, so a quiet pair costs two small frames in 15 s.
 *
 * An unanswered question is asked again soon. It puts a direct link in doubt at once (frames then go both ways) and ends it
 * after three; on the relay's path it puts the socket in doubt, and after ten seconds the session: the other side may have
 * given us up while we slept. Only silence makes a member gone; the relay's word alone never does.
 */
import { limits } from '../limits.ts';
import { sendInner } from './channel.ts';
import { beginSoon } from './handshakes.ts';
import { endLink, hasLink } from './paths.ts';
import { cameBy, doubtWays, expectFrom, hasLostSeat, isListed } from './reach.ts';
import { myDigest } from './roster-check.ts';
import type { Member, Peer, Pulse, Turn } from './state.ts';

export function newPulse(turn: Turn): Pulse {
  const gapMs = jitteredGap(turn);
  return { heardAt: turn.env.now, pingAt: turn.env.now + gapMs, gapMs, asked: 0, askedAt: 0, excused: false };
}

/** A frame of this member has opened. Where there is a link, only what came over it speaks for it. */
export function heard(turn: Turn, peer: Peer, member: Member, overLink: boolean): void {
  const { pulse } = member;
  cameBy(turn, peer, overLink);
  pulse.heardAt = turn.env.now;
  pulse.excused = false;
  if (hasLink(member) && !overLink) return;
  pulse.asked = 0;
  pulse.pingAt = turn.env.now + pulse.gapMs;
}

/** Everything about life and death is looked at when a ping is due: at most every 15 s. */
export function pulseDue({ pulse }: Member): number {
  return pulse.pingAt;
}

export function wakePulse(turn: Turn, peer: Peer, member: Member): void {
  if (turn.env.now < member.pulse.pingAt) return;
  if (member.pulse.asked >= limits.pathProbesLost && hasLink(member)) endLink(turn, peer, member, 'failed');
  ask(turn, peer, member);
  doubtSession(turn, peer, member);
}

/**
 * Sends PING, and says when to ask again. Where there is a link the first goes by it alone, since only an answer by it counts; what
 * is sent until one comes goes both ways.
 */
export function ask(turn: Turn, peer: Peer, member: Member): void {
  const { pulse } = member;
  if (pulse.asked === 0) pulse.askedAt = turn.env.now;
  else if (turn.env.now - pulse.askedAt >= limits.pathProbeMs) doubtWays(peer, pulse.askedAt);
  sendInner(turn, peer, member, { type: 'ping', digest: myDigest(turn) });
  pulse.asked++;
  pulse.gapMs = jitteredGap(turn);
  pulse.pingAt = turn.env.now + (hasLink(member) ? limits.pathProbeMs : Math.min(limits.pathProbeMs * 2 ** pulse.asked, limits.pingMs));
  if (!hasLink(member)) expectFrom(turn, peer);
}

/** The relay lists the peer, and yet nothing it sends opens or nothing comes: perhaps it holds no session with us any more. */
function doubtSession(turn: Turn, peer: Peer, { pulse, ...member }: Member): void {
  const silentMs = turn.env.now - pulse.askedAt;
  if (pulse.asked < 2 || silentMs < limits.handshakeSilenceMs || !isListed(peer) || turn.env.now < member.reshakeAt) return;
  beginSoon(turn, peer);
}

export function isStale(turn: Turn, { pulse }: Member): boolean {
  return turn.env.now - pulse.heardAt >= limits.staleMs;
}

/** Silent for so long, by so many accounts, that the member counts as gone. */
export function isGone(turn: Turn, peer: Peer, { pulse, moving }: Member): boolean {
  const silentMs = turn.env.now - pulse.heardAt;
  if (silentMs >= limits.goneAnywayMs) return true;
  if (moving?.due && silentMs >= limits.strandedMs) return true; // it never came along
  return silentMs >= limits.goneMs && hasLostSeat(turn, peer);
}

/** The page slept: nobody else is to blame for the silence, so everyone gets some more time. */
export function excuse(turn: Turn, { pulse }: Member): void {
  pulse.heardAt = Math.max(pulse.heardAt, turn.env.now - limits.staleMs / 2);
  pulse.asked = 0;
}

function jitteredGap(turn: Turn): number {
  const share = ((turn.env.random(1)[0] as number) / 255) * 2 - 1;
  return limits.pingMs * (1 + share * limits.pingJitter);
}
