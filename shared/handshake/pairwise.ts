/**
 * The handshake of two pages (protocol.md "Handshake"), three messages:
 *
 *   HS1  I -> R   psk, e, e1               commit[32] | YI[32] if password
 *   HS2  R -> I   e, ee, ekem1, s, es      nR[32] | YR[32] if password
 *   HS3  I -> R   s, se, psk               nI[32] | info
 *
 * One Noise protocol, no negotiation, nothing to downgrade. Without the invite no message opens, so a stranger gets no byte in
 * answer; without the password HS3 does not open, and the attempt was one guess. The session that comes out is the
 * initiator's to trust only when the responder's first record (CONFIRM) has opened.
 *
 * A frame that is refused leaves the state it was meant for exactly as it was; everything is tried on a fork of it. A state that
 * has made a session is spent and wiped. Who begins, and what is repeated, is the room machine's business.
 */
import { concat, utf8, wipe } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { limits } from '../limits.ts';
import { HandshakeState } from '../noise/handshake.ts';
import { protocol } from '../noise/pattern.ts';
import type { Random } from '../ports.ts';
import { expand, extract, type KeyPair, keyBytes } from '../primitives.ts';
import { Reader } from '../wire/reader.ts';
import { Writer } from '../wire/writer.ts';
import { decodeFrame, encodeFrame, fillPayload, handshakeIdBytes, handshakeTypes, unfillPayload } from './frame.ts';
import { checkCommitment, commit, commitmentBytes, sasIndices, sasNonceBytes } from './sas.ts';

/** Always this one. */
export const pairProtocol = protocol('Noise_XXhfs+psk0+psk3_25519+MLKEM768_ChaChaPoly_SHA256', '-> e <- e, ee, s, es -> s, se');

/**
 * What two pages shake hands for: to meet, to replace a session by a fresh one inside its own channel, or, where only one of
 * them has the invite yet, to hand it over for a spoken code or at the room's door; or to meet again where the room has moved.
 */
export type Purpose = 'join' | 'rekey' | 'code' | 'knock' | 'move';

const purposeBytes: Readonly<Record<Purpose, number>> = { join: 0, rekey: 1, code: 2, knock: 3, move: 4 };
const frameBytes: Readonly<Record<Purpose, number>> = {
  join: limits.handshakeFrameBytes,
  rekey: limits.rekeyFrameBytes,
  code: limits.handshakeFrameBytes,
  knock: limits.handshakeFrameBytes,
  move: limits.handshakeFrameBytes,
};

/** What both sides must agree on for their CPace keys to agree. */
export interface CpaceInputs {
  /** The password-related string: secret, of low entropy. */
  readonly prs: Uint8Array;
  /** Who talks to whom: keeps a share from being used in another conversation or sent back to its maker. */
  readonly ci: Uint8Array;
  /** Unique to this run, from both sides' randomness. */
  readonly sid: Uint8Array;
}

/** What the handshake needs of cpace.ts. Handed in, since only rooms with a password load it. */
export interface Cpace {
  start(inputs: CpaceInputs, random: Random): KeyPair;
  finish(sid: Uint8Array, mine: KeyPair, theirShare: Uint8Array, initiator: boolean): Uint8Array;
}

/** Everything a handshake depends on. All of it stays the caller's; nothing is wiped here. */
export interface PairSetup {
  readonly purpose: Purpose;
  /** The invite's options, and the room's id. */
  readonly opts: Uint8Array;
  readonly roomPub: Uint8Array;
  /** 16 random bytes for each page. */
  readonly inst: Uint8Array;
  readonly peerInst: Uint8Array;
  /** X25519, this page's own for this room. */
  readonly statics: KeyPair;
  /** Joining: the invite's. Rekeying: `rekey0` of the session before. */
  readonly psk0: Uint8Array;
  readonly password: { readonly prs: Uint8Array; readonly cpace: Cpace } | null;
  /** Rekeying or moving: `resume` of the session before. Read when the last psk is mixed in. */
  readonly resume: Uint8Array | null;
  readonly random: Random;
}

/** What two pages share after a handshake. `wipeSession` when it ends. */
export interface Session {
  /** First chain keys, 32 bytes each, secret. Whoever makes chains of them wipes them. */
  readonly sendChain: Uint8Array;
  readonly receiveChain: Uint8Array;
  /** For the next rekey, secret. */
  readonly resume: Uint8Array;
  readonly rekey0: Uint8Array;
  readonly peerStatic: Uint8Array;
  /** Seven indices, 0 to 63, the same on both sides unless someone sits in the middle. */
  readonly sas: readonly number[];
}

/** Waits for HS2. */
export interface Initiator {
  readonly setup: PairSetup;
  readonly id: Uint8Array;
  readonly handshake: HandshakeState;
  readonly secrets: PasswordSecrets;
  readonly nonce: Uint8Array;
}

/** Waits for HS3. */
export interface Responder {
  readonly setup: PairSetup;
  readonly id: Uint8Array;
  readonly handshake: HandshakeState;
  readonly secrets: PasswordSecrets;
  readonly nonce: Uint8Array;
  readonly commitment: Uint8Array;
  /** The handshake hash after HS2. */
  readonly secondHash: Uint8Array;
}

/** What the last psk is made of, beside the session before. Filled as the messages come; shared by a handshake and its forks. */
interface PasswordSecrets {
  /** `resume` of the setup, or another that the responder tries. */
  resume: Uint8Array | null;
  /** CPace's scalar and share until the other's share is there. */
  share: KeyPair | null;
  isk: Uint8Array;
  /** Set when HS3 has opened as far as the last psk: its sender is who it says, and holds the invite. */
  reached: boolean;
}

/** Draws, in this order: the ephemeral (32), hsId (8), nI (32), CPace's scalar (64) if there is a password, ML-KEM's seed (64). */
export function initiate(setup: PairSetup): { frame: Uint8Array; initiator: Initiator } {
  const { statics, password, random } = setup;
  const [handshake, secrets] = begin(setup, true);
  const ephemeral = handshake.localEphemeral();
  const id = random(handshakeIdBytes);
  const nonce = random(sasNonceBytes);
  if (password) secrets.share = password.cpace.start(cpaceInputs(setup, password.prs, true, ephemeral), random);
  const data = concat(commit(nonce, statics.public), secrets.share?.public ?? new Uint8Array(0));
  const frame = write(setup, handshake, handshakeTypes.first, id, data);
  return { frame, initiator: { setup, id, handshake, secrets, nonce } };
}

/**
 * Draws, in this order: CPace's scalar (64) if there is a password, nR (32), the ephemeral (32), ML-KEM's m (32).
 * Throws `ProtocolError`: then nothing may be answered, whatever the reason.
 */
export function answer(setup: PairSetup, hs1: Uint8Array): { frame: Uint8Array; responder: Responder } {
  const { password, random } = setup;
  const { id, message } = decodeFrame(hs1, handshakeTypes.first, frameBytes[setup.purpose]);
  const [handshake, secrets] = begin(setup, false);
  try {
    const [commitment, theirShare] = readPair(setup, handshake.read(message), commitmentBytes);
    if (password && theirShare) {
      const inputs = cpaceInputs(setup, password.prs, false, handshake.remoteEphemeral as Uint8Array);
      secrets.share = password.cpace.start(inputs, random);
      agreeOnPassword(secrets, password.cpace, inputs.sid, theirShare, false);
    }
    const nonce = random(sasNonceBytes);
    const data = concat(nonce, secrets.share?.public ?? new Uint8Array(0));
    const frame = write(setup, handshake, handshakeTypes.second, id, data);
    const secondHash = handshake.handshakeHash;
    return { frame, responder: { setup, id: id.slice(), handshake, secrets, nonce, commitment, secondHash } };
  } catch (failure) {
    forgetSecrets(handshake, secrets);
    throw failure;
  }
}

/**
 * HS3 with `info` in it, and the session, which is not to be trusted before CONFIRM has opened under it.
 * Throws `ProtocolError` and leaves `initiator` as it was; else `initiator` is spent.
 */
export function readSecond(initiator: Initiator, hs2: Uint8Array, info: Uint8Array): { frame: Uint8Array; session: Session } {
  const { setup, id, secrets, nonce } = initiator;
  const { password, statics } = setup;
  const fork = initiator.handshake.fork();
  try {
    const [responderNonce, theirShare] = readPair(setup, fork.read(messageOf(setup, hs2, handshakeTypes.second, id)), sasNonceBytes);
    const secondHash = fork.handshakeHash;
    if (password && theirShare) {
      const { sid } = cpaceInputs(setup, password.prs, true, fork.localEphemeral());
      agreeOnPassword(secrets, password.cpace, sid, theirShare, true);
    }
    const frame = write(setup, fork, handshakeTypes.third, id, concat(nonce, info));
    const sas = sasIndices({
      initiatorNonce: nonce,
      responderNonce,
      roomPub: setup.roomPub,
      initiatorStatic: statics.public,
      responderStatic: fork.remoteStatic as Uint8Array,
      secondHash,
    });
    const session = finish(fork, true, sas);
    abandon(initiator);
    return { frame, session };
  } catch (failure) {
    fork.dispose();
    throw failure;
  }
}

/**
 * The session and the initiator's info. Throws `ProtocolError` and leaves `responder` as it was; else `responder` is spent.
 * Of the codes, `wrong-password` means that the sender holds the invite and guessed the password wrong (or, rekeying, does not
 * have the session before): count it, and end the exchange. `bad-commitment` means that someone tried for a comparison string.
 */
export function readThird(responder: Responder, hs3: Uint8Array): { session: Session; info: Uint8Array } {
  const { setup, id, secrets, nonce } = responder;
  const fork = responder.handshake.fork();
  secrets.reached = false;
  try {
    const data = new Reader(unfillPayload(fork.read(messageOf(setup, hs3, handshakeTypes.third, id))));
    const initiatorNonce = data.bytes(sasNonceBytes);
    const initiatorStatic = fork.remoteStatic as Uint8Array;
    checkCommitment(responder.commitment, initiatorNonce, initiatorStatic);
    const sas = sasIndices({
      initiatorNonce,
      responderNonce: nonce,
      roomPub: setup.roomPub,
      initiatorStatic,
      responderStatic: setup.statics.public,
      secondHash: responder.secondHash,
    });
    const session = finish(fork, false, sas);
    abandon(responder);
    return { session, info: data.rest().slice() };
  } catch (failure) {
    fork.dispose();
    const refused = secrets.reached && failure instanceof ProtocolError && failure.code === 'unauthentic';
    throw refused ? new ProtocolError('wrong-password', 'HS3 does not open', { cause: failure }) : failure;
  }
}

/** The same responder, for whom `resume` was the session before. */
export function resumeWith(responder: Responder, resume: Uint8Array): Responder {
  responder.secrets.resume = resume;
  return responder;
}

/** Wipes a handshake that is not to go on. */
export function abandon({ handshake, secrets }: Initiator | Responder): void {
  forgetSecrets(handshake, secrets);
}

export function wipeSession({ sendChain, receiveChain, resume, rekey0 }: Session): void {
  wipe(sendChain, receiveChain, resume, rekey0);
}

// ---------------------------------------------------------------- the parts

function begin(setup: PairSetup, initiator: boolean): [HandshakeState, PasswordSecrets] {
  const secrets: PasswordSecrets = { resume: setup.resume, share: null, isk: new Uint8Array(0), reached: false };
  const handshake = new HandshakeState({
    protocol: pairProtocol,
    initiator,
    prologue: prologue(setup, initiator),
    s: setup.statics,
    random: setup.random,
    psks: [setup.psk0, (h) => lastPsk(setup, secrets, h)],
  });
  return [handshake, secrets];
}

/** Binds the handshake to what it is for, to the room with all its options, and to the two pages in their roles. */
function prologue({ purpose, opts, roomPub, inst, peerInst }: PairSetup, initiator: boolean): Uint8Array {
  return new Writer()
    .bytes(utf8('room/1 noise'))
    .u8(0)
    .u8(purposeBytes[purpose])
    .lv(opts)
    .bytes(roomPub)
    .bytes(initiator ? inst : peerInst)
    .bytes(initiator ? peerInst : inst)
    .finish();
}

/** psk3: the password's key and the session before, bound to everything said so far. Both may be empty; the label then fills the place. */
function lastPsk({ purpose }: PairSetup, secrets: PasswordSecrets, h: Uint8Array): Uint8Array {
  secrets.reached = true;
  const secret = new Writer()
    .lv(secrets.isk)
    .lv(secrets.resume ?? new Uint8Array(0))
    .finish();
  const prk = extract(h, secret);
  const psk = expand(prk, 'psk3', keyBytes, Uint8Array.of(purposeBytes[purpose]));
  wipe(secret, prk);
  return psk;
}

function cpaceInputs(setup: PairSetup, prs: Uint8Array, initiator: boolean, initiatorEphemeral: Uint8Array): CpaceInputs {
  const [first, second] = initiator ? [setup.inst, setup.peerInst] : [setup.peerInst, setup.inst];
  return { prs, ci: prologue(setup, initiator), sid: concat(first, second, initiatorEphemeral) };
}

function agreeOnPassword(secrets: PasswordSecrets, cpace: Cpace, sid: Uint8Array, theirShare: Uint8Array, initiator: boolean): void {
  wipe(secrets.isk);
  secrets.isk = cpace.finish(sid, secrets.share as KeyPair, theirShare, initiator);
}

function write(setup: PairSetup, handshake: HandshakeState, type: 0x11 | 0x12 | 0x13, id: Uint8Array, data: Uint8Array): Uint8Array {
  const message = handshake.write(fillPayload(data, type, frameBytes[setup.purpose]));
  return encodeFrame({ type, id, message });
}

/** The Noise message of a frame that answers ours. */
function messageOf(setup: PairSetup, frame: Uint8Array, type: 0x12 | 0x13, id: Uint8Array): Uint8Array {
  const decoded = decodeFrame(frame, type, frameBytes[setup.purpose]);
  if (decoded.id.some((byte, i) => byte !== id[i])) throw new ProtocolError('unexpected', 'frame of another handshake');
  return decoded.message;
}

/** The payload of HS1 or HS2: a value of `length` bytes, and a CPace share exactly where the room has a password. */
function readPair({ password }: PairSetup, payload: Uint8Array, length: number): [value: Uint8Array, share: Uint8Array | undefined] {
  const reader = new Reader(unfillPayload(payload));
  const value = reader.bytes(length).slice();
  const share = password ? reader.bytes(keyBytes).slice() : undefined;
  reader.end();
  return [value, share];
}

/**
 * Keys from `h` and both of Noise's; then everything they came from is wiped: keeping it would undo the forward secrecy of the
 * chains that begin here.
 */
function finish(handshake: HandshakeState, initiator: boolean, sas: readonly number[]): Session {
  const peerStatic = handshake.remoteStatic as Uint8Array;
  const h = handshake.handshakeHash;
  const ciphers = handshake.split();
  const keys = concat(...ciphers.map((cipher) => cipher.key()));
  const exp = extract(h, keys);
  for (const cipher of ciphers) cipher.dispose();
  const session = {
    peerStatic,
    sas,
    sendChain: expand(exp, initiator ? 'chain I' : 'chain R', keyBytes),
    receiveChain: expand(exp, initiator ? 'chain R' : 'chain I', keyBytes),
    resume: expand(exp, 'resume', keyBytes),
    rekey0: expand(exp, 'rekey0', keyBytes),
  };
  wipe(keys, exp);
  return session;
}

function forgetSecrets(handshake: HandshakeState, secrets: PasswordSecrets): void {
  handshake.dispose();
  wipe(secrets.isk);
  if (secrets.share) wipe(secrets.share.secret);
}
