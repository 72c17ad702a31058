/**
 * The room link (protocol.md "Invite and key schedule"): everything a newcomer needs, in the part of the address that
 * browsers never send anywhere. Base64url of
 *
 *   version u8 = 1 | flags u8 | S[32] | expiresAt u32 | count u8 | count x lv(relay origin) | check[2]
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
  /** When the room ends, in minutes since 1970; 0 = when everyone has left. */
  readonly expiresAt: number;
  /** Origins of the relay, scheme://host[:port]; none: whichever serves the link. */
  readonly relays: readonly string[];
  /** No page of the room ever opens a direct connection, so no member learns another's address. */
  readonly relayOnly: boolean;
  /** A password is needed besides the link. */
  readonly password: boolean;
}

const version = 1;
const secretBytes = 32;
const checkBytes = 2;
/** Without relay origins, as most are. */
const shortestBytes = 41;
const flag = { relayOnly: 1, password: 2 };

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
function head({ relayOnly, password }: Invite): Uint8Array {
  return Uint8Array.of(version, (relayOnly ? flag.relayOnly : 0) | (password ? flag.password : 0));
}

/** What comes after the secret. */
function tail({ expiresAt, relays }: Invite): Uint8Array {
  const writer = new Writer().u32(expiresAt).u8(relays.length);
  for (const relay of relays) {
    if (!isOrigin(relay)) throw new RangeError(`invite: not an origin: ${relay}`);
    writer.lv(utf8(relay));
  }
  return writer.finish();
}

/**
 * The invite in what follows the `#` of a link. Throws `truncated` where the link was cut, `bad-checksum` where it was edited,
 * `unknown-version` where a newer Hushroom wrote it, `oversize`, or `malformed` where it never was an invite or names a
 * relay that is no origin.
 */
export function decodeInvite(text: string): Invite {
  if (text.length > 2 * limits.inviteBytes) throw new ProtocolError('oversize', 'invite');
  const bytes = bytesOf(text);
  const intact = equal(check(bytes.subarray(0, -checkBytes)), bytes.subarray(-checkBytes));
  const known = bytes[0] === version && ((bytes[1] ?? 0) & ~(flag.relayOnly | flag.password)) === 0;
  if (intact && !known) throw new ProtocolError('unknown-version', `invite of version ${bytes[0]}`);
  if (bytes[0] !== version) throw new ProtocolError(bytes.length < shortestBytes ? 'malformed' : 'bad-checksum', 'invite');

  const reader = new Reader(bytes.subarray(2));
  const secret = reader.bytes(secretBytes).slice();
  const expiresAt = reader.u32();
  const relays = Array.from({ length: reader.u8() }, () => reader.lv());
  if (reader.left < checkBytes) throw new ProtocolError('truncated', 'invite');
  if (reader.left > checkBytes || !intact) throw new ProtocolError('bad-checksum', 'invite');
  const flags = bytes[1] as number;
  return {
    secret,
    expiresAt,
    relays: relays.map(originOf),
    relayOnly: (flags & flag.relayOnly) !== 0,
    password: (flags & flag.password) !== 0,
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
