/**
 * Makes the project's own vectors, the JSON files beside this one, from fixed seeds: `node shared/vectors/make.ts`. Run it only
 * when the protocol changes: a vector that is made anew whenever the code changes tests nothing.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hex, unhex } from '../bytes.ts';
import { readCode, spell } from '../doors/code.ts';
import { knockKey } from '../doors/door-key.ts';
import { signListing } from '../doors/listing.ts';
import * as cpace from '../handshake/cpace.ts';
import { answer, initiate, pairProtocol, readSecond, readThird } from '../handshake/pairwise.ts';
import { passwordSecret } from '../handshake/password.ts';
import { deriveRoomKeys } from '../handshake/schedule.ts';
import { HandshakeState } from '../noise/handshake.ts';
import { agreementKeyPair, labelledHash, sha256 } from '../primitives.ts';
import { scripted } from '../testing/scripted.ts';
import { encodeInvite, type Invite, plainOptions } from '../wire/invite.ts';
import { type DoorFile, keysOf, proofOf } from './doors.ts';
import type { HybridFile } from './noise.ts';
import { makeRecords } from './records.ts';
import { type HandshakeFile, type HandshakeVector, type InviteFile, type InviteVector, setupsOf } from './room.ts';

/** `length` bytes that depend on `label` alone. */
function seed(label: string, length = 32): string {
  let bytes = '';
  for (let block = 0; bytes.length < 2 * length; block++) bytes += hex(labelledHash(`vector ${label} ${block}`));
  return bytes.slice(0, 2 * length);
}

function noise(): HybridFile & { origin: string } {
  const prologue = seed('noise prologue', 50);
  const payloads = [seed('noise payload 1', 5), '', seed('noise payload 3', 100)];
  const vectors = [1, 2, 3].map((i) => {
    const seeds = {
      static_i: seed(`noise ${i} static_i`),
      static_r: seed(`noise ${i} static_r`),
      eph_i: seed(`noise ${i} eph_i`),
      eph_r: seed(`noise ${i} eph_r`),
      mlkem_keygen_d_z: seed(`noise ${i} d z`, 64),
      mlkem_encaps_m: seed(`noise ${i} m`),
      psk0: seed(`noise ${i} psk0`),
      psk3: seed(`noise ${i} psk3`),
    };
    const common = { protocol: pairProtocol, prologue: unhex(prologue), psks: [unhex(seeds.psk0), unhex(seeds.psk3)] };
    const pair = [
      new HandshakeState({
        ...common,
        initiator: true,
        s: agreementKeyPair(unhex(seeds.static_i)),
        random: scripted(unhex(seeds.eph_i), unhex(seeds.mlkem_keygen_d_z)),
      }),
      new HandshakeState({
        ...common,
        initiator: false,
        s: agreementKeyPair(unhex(seeds.static_r)),
        random: scripted(unhex(seeds.eph_r), unhex(seeds.mlkem_encaps_m)),
      }),
    ] as const;
    const messages = payloads.map((payload, turn) => {
      const message = pair[(turn % 2) as 0 | 1].write(unhex(payload));
      pair[((turn + 1) % 2) as 0 | 1].read(message);
      return message;
    }) as [Uint8Array, Uint8Array, Uint8Array];
    const handshake_hash = hex(pair[0].handshakeHash);
    const [k_i2r, k_r2i] = pair[0].split().map((cipher) => hex(cipher.key())) as [string, string];
    return {
      i,
      seeds,
      msg_len: messages.map((message) => message.length),
      msg1_sha256: hex(sha256(messages[0])),
      msg2_sha256: hex(sha256(messages[1])),
      msg3: hex(messages[2]),
      handshake_hash,
      k_i2r,
      k_r2i,
    };
  });
  return { protocol: pairProtocol.name, origin: 'made by make.ts', prologue, payloads, vectors };
}

async function invites(): Promise<InviteFile> {
  const second = 1_794_740_705;
  const kinds: [string, Partial<Invite>][] = [
    ['an ordinary link', {}],
    ['a room that ends', { expiresAt: second }],
    ['relay only', { relayOnly: true }],
    ['with a password', { password: true }],
    ['a relay elsewhere', { relays: ['https://relay.example'] }],
    ['newcomers are let in', { approval: true }],
    ['with a host', { adminHash: unhex(seed('admin')).subarray(0, 16) }],
    ['over its onion only', { relayOnly: true, onionOnly: true, relays: [`http://${'a'.repeat(56)}.onion`] }],
    ['through gateways', { relayKey: unhex(seed('relay key')) }],
    ['with history', { history: true }],
    ['messages vanish after an hour', { vanishS: 3600 }],
    [
      'everything at once',
      {
        expiresAt: second,
        relayOnly: true,
        password: true,
        approval: true,
        adminHash: unhex(seed('admin')).subarray(0, 16),
        onionOnly: true,
        relayKey: unhex(seed('relay key')),
        history: true,
        vanishS: 30,
        relays: ['http://localhost:8080', 'https://xn--rlay-bpa.example:8443'],
      },
    ],
  ];
  const vectors = kinds.map(([name, fields]): InviteVector => {
    const invite: Invite = {
      secret: unhex(seed(`invite ${name}`)),
      ...plainOptions,
      expiresAt: 0,
      ...fields,
    };
    const { opts, roomSk, roomPub, psk0 } = deriveRoomKeys(invite);
    return {
      name,
      ...invite,
      secret: hex(invite.secret),
      adminHash: invite.adminHash && hex(invite.adminHash),
      relayKey: invite.relayKey && hex(invite.relayKey),
      fragment: encodeInvite(invite),
      opts: hex(opts),
      roomSk: hex(roomSk),
      roomPub: hex(roomPub),
      psk0: hex(psk0),
    };
  });
  const whole = vectors[0]!.fragment;
  const refused = [
    { fragment: whole.slice(0, -1), code: 'truncated', why: 'the last letter is missing' },
    { fragment: whole.slice(0, 20), code: 'truncated', why: 'half is missing' },
    {
      fragment: `${whole.slice(0, 10)}${whole[10] === 'A' ? 'B' : 'A'}${whole.slice(11)}`,
      code: 'bad-checksum',
      why: 'a letter was changed',
    },
    { fragment: `${whole}AAAA`, code: 'bad-checksum', why: 'something was added' },
    { fragment: 'hello', code: 'malformed', why: 'a word' },
    { fragment: '', code: 'malformed', why: 'nothing' },
    { fragment: reversioned(whole, 0, 2), code: 'unknown-version', why: 'a whole link of version 2' },
    { fragment: reversioned(whole, 1, 0x80), code: 'unknown-version', why: 'a whole link with a flag of later times' },
  ];
  const passwords = [];
  for (const password of ['correct horse', 'caf\u0065\u0301', '']) {
    const roomPub = seed('password room');
    passwords.push({ password, roomPub, prs: hex(await passwordSecret(password, unhex(roomPub))) });
  }
  return { format: 'room/1 invite', vectors, refused, passwords };
}

/** The link with one byte changed and the check mended. */
function reversioned(fragment: string, at: number, value: number): string {
  const bytes = Buffer.from(fragment, 'base64url');
  bytes[at] = value;
  sha256(bytes.subarray(0, -2))
    .subarray(0, 2)
    .forEach((byte, i) => {
      bytes[bytes.length - 2 + i] = byte;
    });
  return bytes.toString('base64url');
}

function handshakes(): HandshakeFile {
  const kinds: [string, Partial<HandshakeVector>][] = [
    ['join', {}],
    ['join with a password', { prs: seed('prs') }],
    ['rekey', { purpose: 'rekey', resume: seed('resume') }],
  ];
  const vectors = kinds.map(([name, fields]): HandshakeVector => {
    const given = {
      name,
      purpose: 'join' as const,
      opts: '01000000000000',
      roomPub: seed('room'),
      instI: seed('inst I', 16),
      instR: seed('inst R', 16),
      staticI: seed(`${name} static I`),
      staticR: seed(`${name} static R`),
      psk0: seed(`${name} psk0`),
      ...fields,
      drawsI: [
        seed(`${name} e I`),
        seed(`${name} hsId`, 8),
        seed(`${name} nI`),
        ...(fields.prs ? [seed(`${name} y I`, 64)] : []),
        seed(`${name} d z`, 64),
      ],
      drawsR: [...(fields.prs ? [seed(`${name} y R`, 64)] : []), seed(`${name} nR`), seed(`${name} e R`), seed(`${name} m`)],
      info: seed(`${name} info`, 45),
    };
    const setups = setupsOf(given);
    const first = initiate(setups.initiator);
    const second = answer(setups.responder, first.frame);
    const third = readSecond(first.initiator, second.frame, unhex(given.info));
    const { session } = readThird(second.responder, third.frame);
    return {
      ...given,
      hs1: hex(first.frame),
      hs2: hex(second.frame),
      hs3: hex(third.frame),
      sas: session.sas,
      chainI: hex(session.receiveChain),
      chainR: hex(session.sendChain),
      resumeNext: hex(session.resume),
      rekey0: hex(session.rekey0),
    };
  });
  return { format: 'room/1 handshake', vectors };
}

/** In the draft's own format, with inputs of the sizes that room/1 uses; its values are for passwords and identities of a few bytes. */
function cpaceRuns(): Record<string, Record<string, string>> {
  const kinds: [string, number, number, number][] = [
    ['G_Coffee25519_room', 32, 120, 64],
    ['G_Coffee25519_empty', 0, 0, 0],
    ['G_Coffee25519_long', 300, 300, 300],
  ];
  return Object.fromEntries(
    kinds.map(([name, prsBytes, ciBytes, sidBytes]) => {
      const [PRS, CI, sid] = [seed(`${name} PRS`, prsBytes), seed(`${name} CI`, ciBytes), seed(`${name} sid`, sidBytes)];
      const inputs = { prs: unhex(PRS), ci: unhex(CI), sid: unhex(sid) };
      const [a, b] = ['ya', 'yb'].map((label) => cpace.start(inputs, scripted(unhex(seed(`${name} ${label}`, 64))))) as [
        ReturnType<typeof cpace.start>,
        ReturnType<typeof cpace.start>,
      ];
      const K = cpace.scalarMult(a.secret, b.public);
      return [
        name,
        {
          PRS,
          CI,
          sid,
          g: hex(cpace.generator(inputs)),
          ya: hex(a.secret),
          ADa: '',
          Ya: hex(a.public),
          yb: hex(b.secret),
          ADb: '',
          Yb: hex(b.public),
          K: hex(K),
          ISK_IR: hex(cpace.finish(inputs.sid, a, b.public, true)),
        },
      ];
    }),
  );
}

function doors(): DoorFile {
  const invite: Invite = { ...plainOptions, secret: unhex(seed('door room')), expiresAt: 0 };
  const { roomSk, roomPub } = deriveRoomKeys(invite);
  const listings = (
    [
      { access: 'knock', title: 'Reading circle', topic: 'Short stories', invite: '' },
      { access: 'code', title: 'Bücher & Čaj', topic: '', invite: '' },
      { access: 'open', title: 'Open house', topic: 'Come in', invite: encodeInvite(invite) },
    ] as const
  ).map((listing) => ({ ...listing, roomSk: hex(roomSk), roomPub: hex(roomPub), signed: hex(signListing(listing, roomSk, roomPub)) }));
  const proofs = (['attend', 'list', 'withdraw'] as const).map((act) => {
    const given = {
      origin: 'https://relay.example',
      nonce: seed('door nonce'),
      inst: seed('door inst', 16),
      pow: 77,
      roomPub: hex(roomPub),
      act,
      listing: act === 'list' ? listings[0]!.signed : '',
    };
    return { ...given, proof: hex(proofOf(given)) };
  });
  const typed = ['7 CRYSTAL, window potato', '7cry-win-pot', '7 crystla windo potatoo', '7 crystal window', '7 crystal window table'];
  return {
    format: 'room/1 doors',
    codes: ['7-crystal-window-potato', '65535-acorn-zodiac-acorn'].map((code) => ({ code, ...keysOf(code) })),
    typed: typed.map((text) => ({ typed: text, code: codeIn(text) })),
    knocks: [{ roomPub: hex(roomPub), psk0: hex(knockKey(roomPub)) }],
    listings,
    proofs,
  };
}

function codeIn(text: string): string | null {
  const read = readCode(text);
  return read && spell(read);
}

function save(name: string, content: unknown): void {
  writeFileSync(join(import.meta.dirname, name), `${JSON.stringify(content, null, 1)}\n`);
}

save('noise-xxhfs-psk0-psk3.json', noise());
save('invites.json', await invites());
save('handshakes.json', handshakes());
save('cpace.json', cpaceRuns());
save('records.json', makeRecords(seed));
save('doors.json', doors());
