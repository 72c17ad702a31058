/**
 * The room link (protocol.md "Invite and key schedule"): everything a newcomer needs, in the part of the address that
 * browsers never send anywhere. Base64url of
 *
 *   version u8 = 1 | flags u16 | S[32] | expiresAt u32 | count u8 | count x lv(relay origin)
 *   | adminHash[16], relayKey[32], vanishS u32: each only where its flag is set | check[2]
 *
 * People copy links by hand, and programs cut them: the check, the start of a SHA-256, tells a damaged link from an empty room.
 * It is no protection: whoever edits a link can mend it, and is then alone in another room, because everything but `S` goes
 * into every key (schedule.ts). A flag that this version does not know may be a promise that it cannot keep, so it counts
 * as a newer version. Every later version has to keep the version first and the check last, or the two cannot be told apart.
 */
import { base64url, concat, equal, unbase64url, utf8, utf8Text } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { limits } from '../limits.ts';
import { sha256 } from '../primitives.ts';
import { Reader } from './reader.ts';
import { Writer } from './writer.ts';

export interface Invite {
  /** 32 random bytes, from which all keys of the room come. */
  readonly secret: Uint8Array;
  /** When the room ends, in seconds since 1970; 0 = when everyone has left. */
  readonly expiresAt: number;
  /** Origins of the relay, scheme://host[:port]; none: whichever serves the link. */
  readonly relays: readonly string[];
  /** No page of the room ever opens a direct connection, so no member learns another's address. */
  readonly relayOnly: boolean;
  /** A password is needed besides the link. */
  readonly password: boolean;
  /** A newcomer takes part once somebody has let it in. */
  readonly approval: boolean;
  /** First 16 bytes of the SHA-256 of the Ed25519 key that may give orders in the room; null: nobody may. */
  readonly adminHash: Uint8Array | null;
  /** Only over the relay's onion service. Always relayOnly as well. */
  readonly onionOnly: boolean;
  /** The home relay's X25519 key, for pages that reach it through a gateway. */
  readonly relayKey: Uint8Array | null;
  /** Members hand newcomers what was said before they came. */
  readonly history: boolean;
  /** Seconds after which a message is erased everywhere; 0: never before the room ends. */
  readonly vanishS: number;
}

/** What an invite says where nothing was chosen. */
export const plainOptions: Omit<Invite, 'secret' | 'expiresAt'> = {
  relays: [],
  relayOnly: false,
  password: false,
  approval: false,
  adminHash: null,
  onionOnly: false,
  relayKey: null,
  history: false,
  vanishS: 0,
};

const version = 1;
const headBytes = 3;
const secretBytes = 32;
const adminHashBytes = 16;
const relayKeyBytes = 32;
const checkBytes = 2;
/** Without relay origins and keys, as most are. */
const shortestBytes = 42;
const flag = { relayOnly: 1, password: 2, approval: 4, admin: 8, onionOnly: 32, relayKey: 64, history: 128, vanish: 256 };
const knownFlags = Object.values(flag).reduce((all, one) => all | one);

/** What follows the `#` of a link. RangeError where a field has the wrong size or the whole exceeds its limit. */
export function encodeInvite(invite: Invite): string {
  if (invite.secret.length !== secretBytes) throw new RangeError(`invite: secret of ${invite.secret.length} bytes`);
  const body = concat(head(invite), invite.secret, tail(invite));
  const bytes = concat(body, check(body));
  if (bytes.length > limits.inviteBytes) throw new RangeError(`invite: ${bytes.length} bytes`);
  return base64url(bytes);
}

/** The part of a room link after its page. */
export function inviteFragment(invite: Invite): string {
  return `#${encodeInvite(invite)}`;
}

/** `opts` of protocol.md: the invite without `S` and check. Members whose links differ in any of it have different keys and never meet. */
export function inviteOptions(invite: Invite): Uint8Array {
  return concat(head(invite), tail(invite));
}

/** What comes before the secret. */
function head({ relayOnly, password, approval, adminHash, onionOnly, relayKey, history, vanishS }: Invite): Uint8Array {
  if (onionOnly && !relayOnly) throw new RangeError('invite: onionOnly without relayOnly');
  const set = {
    relayOnly,
    password,
    approval,
    admin: adminHash !== null,
    onionOnly,
    relayKey: relayKey !== null,
    history,
    vanish: vanishS > 0,
  };
  let flags = 0;
  for (const [name, isSet] of Object.entries(set)) if (isSet) flags |= flag[name as keyof typeof flag];
  return new Writer().u8(version).u16(flags).finish();
}

/** What comes after the secret. */
function tail({ expiresAt, relays, adminHash, relayKey, vanishS }: Invite): Uint8Array {
  const writer = new Writer().u32(expiresAt).u8(relays.length);
  for (const relay of relays) {
    if (!isOrigin(relay)) throw new RangeError(`invite: not an origin: ${relay}`);
    writer.lv(utf8(relay));
  }
  if (adminHash !== null) writer.bytes(sized(adminHash, adminHashBytes));
  if (relayKey !== null) writer.bytes(sized(relayKey, relayKeyBytes));
  if (vanishS > 0) writer.u32(vanishS);
  return writer.finish();
}

function sized(bytes: Uint8Array, length: number): Uint8Array {
  if (bytes.length !== length) throw new RangeError(`invite: ${bytes.length} bytes where ${length} belong`);
  return bytes;
}

/**
 * The invite in what follows the `#` of a link. Throws `truncated` where the link was cut, `bad-checksum` where it was edited,
 * `unknown-version` where a newer Hushroom wrote it, `oversize`, or `malformed` where it never was an invite or names a
 * relay that is no origin.
 */
export function decodeInvite(text: string): Invite {
  if (text.length > 2 * limits.inviteBytes) throw new ProtocolError('oversize', 'invite');
  const bytes = bytesOf(text);
  // No encoder leaves one letter over.
  const intact = text.length % 4 !== 1 && equal(check(bytes.subarray(0, -checkBytes)), bytes.subarray(-checkBytes));
  const flags = ((bytes[1] ?? 0) << 8) | (bytes[2] ?? 0);
  if (intact && (bytes[0] !== version || (flags & ~knownFlags) !== 0))
    throw new ProtocolError('unknown-version', `invite of version ${bytes[0]}`);
  if (bytes[0] !== version) throw new ProtocolError(bytes.length < shortestBytes ? 'malformed' : 'bad-checksum', 'invite');

  const reader = new Reader(bytes.subarray(headBytes));
  const has = (bit: number) => (flags & bit) !== 0;
  const fields = {
    secret: reader.bytes(secretBytes).slice(),
    expiresAt: reader.u32(),
    origins: Array.from({ length: reader.u8() }, () => reader.lv()),
    adminHash: has(flag.admin) ? reader.bytes(adminHashBytes).slice() : null,
    relayKey: has(flag.relayKey) ? reader.bytes(relayKeyBytes).slice() : null,
    vanishS: has(flag.vanish) ? reader.u32() : 0,
  };
  if (reader.left < checkBytes) throw new ProtocolError('truncated', 'invite');
  if (reader.left > checkBytes || !intact) throw new ProtocolError('bad-checksum', 'invite');
  if (has(flag.onionOnly) && !has(flag.relayOnly)) throw new ProtocolError('malformed', 'an onion room with direct links');
  if (has(flag.vanish) && fields.vanishS === 0) throw new ProtocolError('malformed', 'messages that vanish at once');
  const { origins, ...rest } = fields;
  return {
    ...rest,
    relays: origins.map(originOf),
    relayOnly: has(flag.relayOnly),
    password: has(flag.password),
    approval: has(flag.approval),
    onionOnly: has(flag.onionOnly),
    history: has(flag.history),
  };
}

export interface ParsedInvite {
  readonly invite: Invite;
  /** Origin of the link it was found in, where the relay is if `invite.relays` is empty. Undefined for a bare fragment. */
  readonly origin: string | undefined;
}

/**
 * The invite in what a person opened or pasted: a link, a bare fragment with or without `#`, either one between quotes, brackets
 * or words, or with `%23` in place of `#` (some programs encode it, and the page then arrives at a path instead).
 * Throws as `decodeInvite` does; `malformed` also where there is nothing like an invite in it.
 */
export function parseInvite(text: string): ParsedInvite {
  const marked = /(?:#|%(?:25)*23)([\w-]+)/.exec(text)?.[1];
  const bare = /^[^\w-]*([\w-]+)[^\w-]*$/.exec(text)?.[1];
  const encoded = marked ?? bare;
  if (!encoded) throw new ProtocolError('malformed', 'no invite in this text');
  const link = /https?:\/\/[^\s"'<>#]+/i.exec(text)?.[0] ?? '';
  return { invite: decodeInvite(encoded), origin: URL.canParse(link) ? new URL(link).origin : undefined };
}

/** Takes a link that ends within a character's bits for one that was cut: drops those bits, and misses the bytes afterwards. */
function bytesOf(text: string): Uint8Array {
  if (!/^[\w-]+$/.test(text)) throw new ProtocolError('malformed', 'invite is not base64url');
  const whole = text.length % 4 === 1 ? text.slice(0, -1) : text;
  try {
    return unbase64url(whole);
  } catch {
    return unbase64url(whole.slice(0, whole.length - (whole.length % 4)));
  }
}

function originOf(bytes: Uint8Array): string {
  try {
    const origin = utf8Text(bytes);
    if (isOrigin(origin)) return origin;
  } catch {
    // Not UTF-8, so no origin either.
  }
  throw new ProtocolError('malformed', 'invite names a relay that is no origin');
}

/** True for scheme://host[:port] of a web server, written the one way browsers write it. */
function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text;
}

function check(body: Uint8Array): Uint8Array {
  return sha256(body).subarray(0, checkBytes);
}
