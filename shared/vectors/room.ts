/** Checks from the project's own vectors: invites with the keys they stand for, and whole handshakes (formats in README.md). */
import assert from 'node:assert/strict';
import { equal, hex, unhex } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import * as cpace from '../handshake/cpace.ts';
import { answer, initiate, type PairSetup, type Purpose, readSecond, readThird, type Session } from '../handshake/pairwise.ts';
import { passwordSecret } from '../handshake/password.ts';
import { deriveRoomKeys } from '../handshake/schedule.ts';
import { agreementKeyPair } from '../primitives.ts';
import { scripted } from '../testing/scripted.ts';
import { decodeInvite, encodeInvite, type Invite, inviteOptions } from '../wire/invite.ts';
import type { Check } from './check.ts';

/** Bytes are hexadecimal. */
export interface InviteVector extends Omit<Invite, 'secret' | 'adminHash' | 'relayKey'> {
  readonly name: string;
  readonly secret: string;
  readonly adminHash: string | null;
  readonly relayKey: string | null;
  /** What follows the # of the link. */
  readonly fragment: string;
  readonly opts: string;
  readonly roomSk: string;
  readonly roomPub: string;
  readonly psk0: string;
}

export interface InviteFile {
  readonly format: 'room/1 invite';
  readonly vectors: readonly InviteVector[];
  /** What is no invite, and the code it is refused with. */
  readonly refused: readonly { readonly fragment: string; readonly code: string; readonly why: string }[];
  /** Argon2id: what CPace takes for a password. */
  readonly passwords: readonly { readonly password: string; readonly roomPub: string; readonly prs: string }[];
}

export function inviteChecks({ vectors, refused, passwords }: InviteFile): Check[] {
  return [
    ...vectors.map((vector) => ({ name: vector.name, run: () => runInvite(vector) })),
    ...refused.map(({ fragment, code, why }) => ({
      name: why,
      run: () =>
        assert.throws(
          () => decodeInvite(fragment),
          (failure) => failure instanceof ProtocolError && failure.code === code,
        ),
    })),
    ...passwords.map(({ password, roomPub, prs }) => ({
      name: `password ${password}`,
      run: async () => assert.equal(hex(await passwordSecret(password, unhex(roomPub))), prs),
    })),
  ];
}

function runInvite(vector: InviteVector): void {
  const { name, fragment, opts, roomSk, roomPub, psk0, secret, adminHash, relayKey, ...rest } = vector;
  const invite: Invite = {
    ...rest,
    secret: unhex(secret),
    adminHash: adminHash === null ? null : unhex(adminHash),
    relayKey: relayKey === null ? null : unhex(relayKey),
  };
  assert.equal(encodeInvite(invite), fragment, `fragment of ${name}`);
  assert.deepEqual(decodeInvite(fragment), invite, 'decoded');
  assert.equal(hex(inviteOptions(invite)), opts, 'opts');
  const keys = deriveRoomKeys(invite);
  const derived = { opts: hex(keys.opts), roomSk: hex(keys.roomSk), roomPub: hex(keys.roomPub), psk0: hex(keys.psk0) };
  assert.deepEqual(derived, { opts, roomSk, roomPub, psk0 });
}

/** Bytes are hexadecimal. I is the initiator, R the responder. */
export interface HandshakeVector {
  readonly name: string;
  readonly purpose: Purpose;
  readonly opts: string;
  readonly roomPub: string;
  readonly instI: string;
  readonly instR: string;
  /** Secrets of the static keys. */
  readonly staticI: string;
  readonly staticR: string;
  readonly psk0: string;
  /** Where the room has a password. */
  readonly prs?: string;
  /** In a rekey. */
  readonly resume?: string;
  /** Everything drawn, in order: I: e, hsId, nI, CPace scalar if prs, ML-KEM d || z. R: CPace scalar if prs, nR, e, ML-KEM m. */
  readonly drawsI: readonly string[];
  readonly drawsR: readonly string[];
  readonly info: string;
  readonly hs1: string;
  readonly hs2: string;
  readonly hs3: string;
  readonly sas: readonly number[];
  readonly chainI: string;
  readonly chainR: string;
  readonly resumeNext: string;
  readonly rekey0: string;
}

export interface HandshakeFile {
  readonly format: 'room/1 handshake';
  readonly vectors: readonly HandshakeVector[];
}

export function handshakeChecks({ vectors }: HandshakeFile): Check[] {
  return vectors.map((vector) => ({ name: vector.name, run: () => runHandshake(vector) }));
}

/** The two setups of a vector. */
export function setupsOf(vector: Omit<HandshakeVector, 'hs1' | 'hs2' | 'hs3' | 'sas' | 'chainI' | 'chainR' | 'resumeNext' | 'rekey0'>) {
  const common = {
    purpose: vector.purpose,
    opts: unhex(vector.opts),
    roomPub: unhex(vector.roomPub),
    psk0: unhex(vector.psk0),
    password: vector.prs === undefined ? null : { prs: unhex(vector.prs), cpace },
    resume: vector.resume === undefined ? null : unhex(vector.resume),
  };
  const [instI, instR] = [unhex(vector.instI), unhex(vector.instR)];
  const initiator: PairSetup = {
    ...common,
    inst: instI,
    peerInst: instR,
    statics: agreementKeyPair(unhex(vector.staticI)),
    random: scripted(...vector.drawsI.map(unhex)),
  };
  const responder: PairSetup = {
    ...common,
    inst: instR,
    peerInst: instI,
    statics: agreementKeyPair(unhex(vector.staticR)),
    random: scripted(...vector.drawsR.map(unhex)),
  };
  return { initiator, responder };
}

function runHandshake(vector: HandshakeVector): void {
  const setups = setupsOf(vector);
  const first = initiate(setups.initiator);
  assert.equal(hex(first.frame), vector.hs1, 'hs1');
  const second = answer(setups.responder, first.frame);
  assert.equal(hex(second.frame), vector.hs2, 'hs2');
  const third = readSecond(first.initiator, second.frame, unhex(vector.info));
  assert.equal(hex(third.frame), vector.hs3, 'hs3');
  const end = readThird(second.responder, third.frame);
  assert.equal(hex(end.info), vector.info, 'info');
  checkSession(vector, third.session, true);
  checkSession(vector, end.session, false);
}

function checkSession(vector: HandshakeVector, session: Session, initiator: boolean): void {
  assert.deepEqual(session.sas, vector.sas, 'sas');
  assert.equal(hex(initiator ? session.sendChain : session.receiveChain), vector.chainI, 'chain I');
  assert.equal(hex(initiator ? session.receiveChain : session.sendChain), vector.chainR, 'chain R');
  assert.equal(hex(session.resume), vector.resumeNext, 'resume');
  assert.equal(hex(session.rekey0), vector.rekey0, 'rekey0');
  assert.ok(equal(session.peerStatic, agreementKeyPair(unhex(initiator ? vector.staticR : vector.staticI)).public), 'peer’s static key');
}
