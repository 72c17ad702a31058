import { describe, expect, test } from 'vitest';
import { concat, equal, hex, utf8 } from '../bytes.ts';
import { agreementKeyPair } from '../primitives.ts';
import { codeOf } from '../testing/code-of.ts';
import { seededRandom } from '../testing/random.ts';
import { type Invite, plainOptions } from '../wire/invite.ts';
import * as cpace from './cpace.ts';
import { abandon, answer, type Initiator, initiate, type PairSetup, readSecond, readThird, wipeSession } from './pairwise.ts';
import { sasIndices } from './sas.ts';
import { deriveRoomKeys } from './schedule.ts';

const info = utf8('info');
const invite: Invite = {
  ...plainOptions,
  secret: new Uint8Array(32).fill(5),
  expiresAt: 29_912_345,
  relays: ['https://relay.example'],
};

/** Two pages with the same link. `mine` and `theirs` change what one of them brings. */
function pages(seed = 1, mine: Partial<PairSetup> = {}, theirs: Partial<PairSetup> = {}): [PairSetup, PairSetup] {
  const random = seededRandom(seed).bytes;
  const [inst, peerInst] = [random(16), random(16)];
  const common = { purpose: 'join' as const, ...deriveRoomKeys(invite), password: null, resume: null, random };
  return [
    { ...common, inst, peerInst, statics: agreementKeyPair(random(32)), ...mine },
    { ...common, inst: peerInst, peerInst: inst, statics: agreementKeyPair(random(32)), ...theirs },
  ];
}

const withPassword = (text: string) => ({ password: { prs: concat(utf8(text), new Uint8Array(32)).slice(0, 32), cpace } });

/** The whole handshake, and everything it leaves. */
function meet([mine, theirs]: [PairSetup, PairSetup]) {
  const { frame: hs1, initiator } = initiate(mine);
  const { frame: hs2, responder } = answer(theirs, hs1);
  const { frame: hs3, session } = readSecond(initiator, hs2, info);
  const end = readThird(responder, hs3);
  return { frames: [hs1, hs2, hs3], initiators: session, responders: end.session, info: end.info };
}

describe('two pages with one link', () => {
  const rooms: [string, Partial<PairSetup>, number][] = [
    ['in an open room', {}, 2048],
    ['in a room with a password', withPassword('secret'), 2048],
    ['who know each other already', { purpose: 'rekey', resume: new Uint8Array(32).fill(3) }, 2016],
  ];
  test.each(rooms)('%s end with the same keys and the same comparison string', (_, setup, frameBytes) => {
    const { frames, initiators, responders, info: told } = meet(pages(1, setup, setup));
    expect(frames.map((frame) => frame.length)).toEqual([frameBytes, frameBytes, frameBytes]);
    expect(told).toEqual(info);
    expect(initiators.sendChain).toEqual(responders.receiveChain);
    expect(initiators.receiveChain).toEqual(responders.sendChain);
    expect(initiators.resume).toEqual(responders.resume);
    expect(initiators.rekey0).toEqual(responders.rekey0);
    expect(initiators.sas).toEqual(responders.sas);
    const secrets = [initiators.sendChain, initiators.receiveChain, initiators.resume, initiators.rekey0].map(hex);
    expect(new Set(secrets).size).toBe(4);
  });

  test('learn each other’s static key', () => {
    const setups = pages();
    const { initiators, responders } = meet(setups);
    expect(initiators.peerStatic).toEqual(setups[1].statics.public);
    expect(responders.peerStatic).toEqual(setups[0].statics.public);
  });

  test('keep their own keys when the session is wiped', () => {
    const setups = pages();
    const secret = hex(setups[0].statics.secret);
    const { initiators } = meet(setups);
    wipeSession(initiators);
    for (const key of [initiators.sendChain, initiators.receiveChain, initiators.resume, initiators.rekey0]) {
      expect(key.every((byte) => byte === 0)).toBe(true);
    }
    expect(hex(setups[0].statics.secret)).toBe(secret);
  });

  test('show the relay nothing that tells a room with a password from one without', () => {
    const open = meet(pages()).frames;
    const closed = meet(pages(1, withPassword('x'), withPassword('x'))).frames;
    expect(open.map((frame) => [frame[0], frame.length])).toEqual(closed.map((frame) => [frame[0], frame.length]));
  });
});

describe('a link with one option changed', () => {
  const { opts } = deriveRoomKeys(invite);

  const edits: [string, Partial<Invite>][] = [
    ['relay only', { relayOnly: true }],
    ['password', { password: true }],
    ...Array.from({ length: 32 }, (_, bit): [string, Partial<Invite>] => [
      `bit ${bit} of the time it ends`,
      { expiresAt: (invite.expiresAt ^ (1 << bit)) >>> 0 },
    ]),
    ['no relay', { relays: [] }],
    ['another relay', { relays: ['https://relay.exbmple'] }],
    ['one more relay', { relays: ['https://relay.example', 'https://b.example'] }],
  ];
  test.each(edits)('(%s) leads to another room, whose keys open nothing here', (_, edit) => {
    const keys = deriveRoomKeys(invite);
    const edited = deriveRoomKeys({ ...invite, ...edit });
    for (const name of ['opts', 'roomPub', 'roomSk', 'psk0'] as const) expect(equal(edited[name], keys[name])).toBe(false);
    const [mine, theirs] = pages(1, edited);
    expect(codeOf(() => answer(theirs, initiate(mine).frame))).toBe('unauthentic');
  });

  test('does not even open where the keys are the same, for any bit', () => {
    for (let bit = 0; bit < 8 * opts.length; bit++) {
      const flipped = opts.slice();
      flipped[bit >> 3]! ^= 1 << (bit & 7);
      const [mine, theirs] = pages(1, { opts: flipped });
      expect(
        codeOf(() => answer(theirs, initiate(mine).frame)),
        `bit ${bit}`,
      ).toBe('unauthentic');
    }
  });
});

describe('whoever lacks the link', () => {
  test('gets no byte in answer', () => {
    const random = seededRandom(99).bytes;
    for (let run = 0; run < 20; run++) {
      const [stranger, member] = pages(run, { psk0: random(32) });
      expect(codeOf(() => answer(member, initiate(stranger).frame))).toBe('unauthentic');
      const junk = concat(Uint8Array.of(0x11), random(2047));
      expect(codeOf(() => answer(member, junk))).toBe('unauthentic');
    }
  }, 30_000);

  test('cannot use a frame of another room, purpose or pair of pages', () => {
    const [mine, theirs] = pages();
    const others: Partial<PairSetup>[] = [
      { roomPub: new Uint8Array(32) },
      { inst: new Uint8Array(16) },
      { peerInst: new Uint8Array(16) },
      { inst: theirs.peerInst, peerInst: theirs.inst }, // our own frame sent back to us
    ];
    const { frame } = initiate(mine);
    for (const other of others) expect(codeOf(() => answer({ ...theirs, ...other }, frame))).toBe('unauthentic');
    expect(codeOf(() => answer({ ...theirs, purpose: 'rekey' }, frame.subarray(0, 2016)))).toBe('unauthentic');
  });
});

describe('a wrong password', () => {
  test('is refused at the third message, whoever has it, and by its own code', () => {
    for (const [mine, theirs] of [
      [withPassword('guess'), withPassword('secret')],
      [withPassword('secret'), withPassword('guess')],
    ]) {
      const [initiatorSetup, responderSetup] = pages(1, mine, theirs);
      const { frame: hs1, initiator } = initiate(initiatorSetup);
      const { frame: hs2, responder } = answer(responderSetup, hs1);
      const { frame: hs3 } = readSecond(initiator, hs2, info);
      expect(codeOf(() => readThird(responder, hs3))).toBe('wrong-password');
    }
  });

  test('or the session before forgotten, in a rekey', () => {
    const rekey = (fill: number) => ({ purpose: 'rekey' as const, resume: new Uint8Array(32).fill(fill) });
    const setups = pages(1, rekey(1), rekey(2));
    const { frame: hs1, initiator } = initiate(setups[0]);
    const { frame: hs2, responder } = answer(setups[1], hs1);
    expect(codeOf(() => readThird(responder, readSecond(initiator, hs2, info).frame))).toBe('wrong-password');
  });

  test('is not what noise from the relay looks like, so that noise cannot lock a room', () => {
    const setups = pages(1, withPassword('secret'), withPassword('secret'));
    const { frame: hs1, initiator } = initiate(setups[0]);
    const { frame: hs2, responder } = answer(setups[1], hs1);
    const id = hs2.subarray(1, 9);
    for (let run = 0; run < 20; run++) {
      expect(codeOf(() => readThird(responder, concat(Uint8Array.of(0x13), id, seededRandom(run).bytes(2039))))).toBe('unauthentic');
    }
    expect(readThird(responder, readSecond(initiator, hs2, info).frame).info).toEqual(info);
  });

  test('cannot be looked for afterwards: 1000 guesses at a recorded handshake tell nothing, the right one among them', () => {
    const right = 777;
    const prsOf = (guess: number) => withPassword(`password ${guess}`).password.prs;
    const room = withPassword(`password ${right}`);
    const setups = pages(1, room, room);
    const { frame: hs1, initiator } = initiate(setups[0]);
    const { frame: hs2, responder } = answer(setups[1], hs1);
    // The attacker is given more than a link thief has: every secret of Noise on both sides and both shares. Only the scalars are missing.
    const shares = [initiator.secrets.share!.public, responder.secrets.share!.public] as const;
    const trueKey = responder.secrets.isk;
    const { frame: hs3 } = readSecond(initiator, hs2, info);
    const ephemeral = hs1.slice(9, 41);
    const sid = concat(setups[0].inst, setups[0].peerInst, ephemeral);
    const ci = concat(
      utf8('room/1 noise'),
      Uint8Array.of(0, 0, 0, setups[0].opts.length),
      setups[0].opts,
      setups[0].roomPub,
      setups[0].inst,
      setups[0].peerInst,
    );
    const told = new Set<string | null>();
    for (let guess = 0; guess < 1000; guess++) {
      // With a scalar of his own and the generator of his guess he makes the key that would fit if the guess and the scalar did.
      const own = cpace.start({ prs: prsOf(guess), ci, sid }, seededRandom(guess).bytes);
      const k = cpace.scalarMult(own.secret, shares[guess % 2]!);
      responder.secrets.isk = cpace.isk(sid, k, cpace.transcript(shares[0], new Uint8Array(0), shares[1], new Uint8Array(0)));
      told.add(codeOf(() => readThird(responder, hs3)));
    }
    expect([...told]).toEqual(['wrong-password']);
    responder.secrets.isk = trueKey;
    expect(readThird(responder, hs3).info).toEqual(info); // the recording was good; only the key was missing
  }, 120_000);
});

describe('a frame that is refused', () => {
  const setups = pages(1, withPassword('secret'), withPassword('secret'));

  /** Every byte where keys and lengths are, every seventh of what is one long ciphertext. */
  const places = (frame: Uint8Array) => Array.from(frame.keys()).filter((at) => at < 60 || at > frame.length - 60 || at % 7 === 0);
  const changed = (frame: Uint8Array, at: number) => {
    const forged = frame.slice();
    forged[at]! ^= 1;
    return forged;
  };
  const refusals = ['unauthentic', 'unknown-type', 'unexpected', 'wrong-password', 'weak-key'];

  test('for any byte that was changed leaves the exchange as it was', () => {
    const { frame: hs1, initiator } = initiate(setups[0]);
    // HS1 makes the responder's state, so one that is refused leaves none; hsId (1 to 8) proves nothing and is only echoed.
    for (const at of places(hs1).filter((at) => at === 0 || at > 8)) {
      expect(refusals, `HS1 byte ${at}`).toContain(codeOf(() => answer(setups[1], changed(hs1, at))));
    }
    const { frame: hs2, responder } = answer(setups[1], hs1);
    for (const at of places(hs2)) expect(refusals, `HS2 byte ${at}`).toContain(codeOf(() => readSecond(initiator, changed(hs2, at), info)));
    const { frame: hs3, session } = readSecond(initiator, hs2, info);
    for (const at of places(hs3)) expect(refusals, `HS3 byte ${at}`).toContain(codeOf(() => readThird(responder, changed(hs3, at))));
    expect(readThird(responder, hs3).session.sas).toEqual(session.sas);
  }, 120_000);

  test('for its length, type or exchange is not looked into', () => {
    const { frame: hs1, initiator } = initiate(setups[0]);
    const { frame: hs2, responder } = answer(setups[1], hs1);
    expect(codeOf(() => answer(setups[1], hs1.subarray(1)))).toBe('truncated');
    expect(codeOf(() => answer(setups[1], concat(hs1, hs1)))).toBe('oversize');
    expect(codeOf(() => readSecond(initiator, hs1, info))).toBe('unknown-type');
    expect(codeOf(() => readThird(responder, hs2))).toBe('unknown-type');
    const other = initiate(setups[0]).initiator;
    expect(codeOf(() => readSecond(other, hs2, info))).toBe('unexpected');
  });

  test('because the exchange is over, or was given up, changes nothing', () => {
    const { frame: hs1, initiator } = initiate(setups[0]);
    const { frame: hs2, responder } = answer(setups[1], hs1);
    const { frame: hs3 } = readSecond(initiator, hs2, info);
    expect(codeOf(() => readSecond(initiator, hs2, info))).toBe('unexpected');
    abandon(responder);
    expect(codeOf(() => readThird(responder, hs3))).toBe('unexpected');
  });

  test('because its sender has another idea of whether there is a password', () => {
    const [mine, theirs] = pages(1, {}, withPassword('secret'));
    expect(codeOf(() => answer(theirs, initiate(mine).frame))).toBe('truncated');
    const [closed, open] = pages(1, withPassword('secret'), {});
    expect(codeOf(() => answer(open, initiate(closed).frame))).toBe('trailing');
  });

  test('because its CPace share is no point', () => {
    const bad = {
      ...cpace,
      start: (...given: Parameters<typeof cpace.start>) => ({ ...cpace.start(...given), public: new Uint8Array(32) }),
    };
    const [mine, theirs] = pages(1, { password: { prs: new Uint8Array(32), cpace: bad } }, withPassword('secret'));
    expect(codeOf(() => answer(theirs, initiate(mine).frame))).toBe('weak-key');
  });
});

describe('someone in the middle who has the link', () => {
  /** Mallory answers Alice and asks Bob; both handshakes succeed. */
  function attack(seed: number) {
    const [alice, toAlice] = pages(seed);
    const [toBob, bob] = pages(seed, { statics: toAlice.statics });
    return { alice: meet([alice, toAlice]).initiators.sas, bob: meet([toBob, bob]).responders.sas };
  }

  test('makes two comparison strings that differ, in 60 whole attacks of 60', () => {
    for (let seed = 0; seed < 60; seed++) {
      const { alice, bob } = attack(seed);
      expect(alice).not.toEqual(bob);
    }
  }, 60_000);

  test('and in 1000 of 1000 by the strings alone, which is what his two handshakes leave him to choose', () => {
    const random = seededRandom(4).bytes;
    for (let run = 0; run < 1000; run++) {
      const common = { roomPub: random(32) };
      const mallory = random(32);
      const alice = sasIndices({
        ...common,
        initiatorNonce: random(32),
        responderNonce: random(32),
        initiatorStatic: random(32),
        responderStatic: mallory,
        secondHash: random(32),
      });
      const bob = sasIndices({
        ...common,
        initiatorNonce: random(32),
        responderNonce: random(32),
        initiatorStatic: mallory,
        responderStatic: random(32),
        secondHash: random(32),
      });
      expect(alice).not.toEqual(bob);
    }
  });

  test('gains nothing by trying for a third message that fits: the commitment gives him away', () => {
    const [mallory, bob] = pages();
    const { frame: hs1, initiator } = initiate(mallory);
    const { frame: hs2, responder } = answer(bob, hs1);
    for (let attempt = 0; attempt < 20; attempt++) {
      const { handshake } = initiator;
      const ground: Initiator = { ...initiator, handshake: handshake.fork(), nonce: seededRandom(attempt).bytes(32) };
      expect(codeOf(() => readThird(responder, readSecond(ground, hs2, info).frame))).toBe('bad-commitment');
    }
  }, 30_000);
});
