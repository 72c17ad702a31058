/**
 * What the host of a room orders (protocol.md "Who decides", orders): each order is signed, names its number, and reaches every member
 * by whichever member has it. How the room stands is computed from all of them in the order of their numbers, so that it
 * does not matter in which order they came.
 *
 * The key of the first host is in the invite as a hash. A HAND order ends the reign of one key and begins another's: a number below
 * it can never be filled any more once a minute has passed, so that whoever was host once cannot order backwards: links reorder, and
 * what was ordered just before counts. A number that is taken stays taken.
 */
import { equal, hex, utf8 } from '../../bytes.ts';
import { ProtocolError } from '../../errors.ts';
import { limits } from '../../limits.ts';
import { type KeyPair, sha256, sign, verify } from '../../primitives.ts';
import { Reader } from '../../wire/reader.ts';
import { Writer } from '../../wire/writer.ts';

export const orderCodes = { admit: 1, lock: 2, unlock: 3, remove: 4, close: 5, move: 6, hand: 7, publishing: 8 } as const;
export type OrderName = keyof typeof orderCodes;

export interface Order {
  readonly key: Uint8Array;
  readonly counter: number;
  readonly name: OrderName;
  readonly args: Uint8Array;
  readonly sig: Uint8Array;
}

/** How the room stands by the orders given so far. */
export interface Rule {
  /** Who may give the next one; null before the first. */
  readonly authority: Uint8Array | null;
  /** Its page, by static key (hex); null while unknown. */
  readonly host: string | null;
  readonly locked: boolean;
  readonly closed: boolean;
  readonly membersPublish: boolean;
  /** Static keys (hex). */
  readonly admitted: ReadonlySet<string>;
  readonly removed: ReadonlySet<string>;
  /** Hashes (hex) of the moves that were ordered. */
  readonly moves: ReadonlySet<string>;
}

export interface OrderBook {
  readonly adminHash: Uint8Array;
  /** By number, rising. */
  readonly orders: Order[];
  rule: Rule;
  /** Until then orders from before the last HAND are still taken: they were under way with it. */
  lateUntil: number;
  /** Of a key that may become the host's when the HAND arrives that it has overtaken, oldest first. */
  readonly early: Order[];
}

const keyBytes = 32;
const sigBytes = 64;
const maxOrders = 512;
const lateMs = 60_000;
const earlyOrders = 8;
const maxArgs = 32 + limits.members * keyBytes;
const nameOf = new Map(Object.entries(orderCodes).map(([name, code]) => [code as number, name as OrderName]));

export function createBook(adminHash: Uint8Array): OrderBook {
  return { adminHash, orders: [], rule: fold([]), lateUntil: 0, early: [] };
}

/** What the invite says of the first host's key. */
export function adminHashOf(publicKey: Uint8Array): Uint8Array {
  return sha256(publicKey).slice(0, 16);
}

/** Signs the next order. The caller gives it to the book and to everyone. */
export function giveOrder(book: OrderBook, key: KeyPair, name: OrderName, args: Uint8Array = new Uint8Array(0)): Order {
  const counter = (book.orders.at(-1)?.counter ?? 0) + 1;
  const order = { key: key.public, counter, name, args };
  return { ...order, sig: sign(key.secret, toSign(book.adminHash, order)) };
}

/** Takes an order in. False for one that is known; throws `ProtocolError` for one that nobody may give, and then the rule is as it was. */
export function takeOrder(book: OrderBook, order: Order, now: number): boolean {
  const known = book.orders.find(({ counter }) => counter === order.counter);
  if (known !== undefined) {
    if (equal(known.sig, order.sig)) return false;
    throw new ProtocolError('replayed', `order ${order.counter} was given before`);
  }
  const reign = book.orders.findLast(({ name }) => name === 'hand');
  const isLate = reign !== undefined && order.counter < reign.counter;
  if (isLate && now >= book.lateUntil) throw new ProtocolError('out-of-window', 'an order of a reign that is over');
  const { authority } = isLate ? fold(book.orders.filter(({ counter }) => counter < order.counter)) : book.rule;
  const rightful = authority === null ? equal(adminHashOf(order.key), book.adminHash) : equal(order.key, authority);
  if (!rightful) {
    waitForHand(book, order);
    throw new ProtocolError('misuse', 'an order of someone who is not the host');
  }
  if (!verify(order.key, toSign(book.adminHash, order), order.sig)) throw new ProtocolError('unauthentic', 'order');
  const orders = [...book.orders, order].sort((a, b) => a.counter - b.counter);
  const rule = fold(orders);
  book.orders.splice(0, book.orders.length, ...forgetOldest(orders));
  book.rule = rule;
  if (order.name === 'hand') handed(book, now);
  return true;
}

/** The heir may speak before everyone has the word that makes it the host. */
function waitForHand({ early }: OrderBook, order: Order): void {
  early.push(order);
  if (early.length > earlyOrders) early.shift();
}

function handed(book: OrderBook, now: number): void {
  book.lateUntil = now + lateMs;
  for (const order of book.early.splice(0)) {
    try {
      takeOrder(book, order, now);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error; // it was counted when it came
    }
  }
}

/**
 * A room of years would remember every page that ever came; those let in longest ago have left. The first order says who the host is,
 * the last one which number comes next, and what removes or hands over must count for ever.
 */
function forgetOldest(orders: readonly Order[]): readonly Order[] {
  if (orders.length <= maxOrders) return orders;
  const oldest = (names: readonly OrderName[]): number =>
    orders.findIndex(({ name }, at) => at > 0 && at < orders.length - 1 && names.includes(name));
  const admitted = oldest(['admit']);
  const spare = admitted > 0 ? admitted : oldest(['lock', 'unlock', 'publishing', 'move']);
  return orders.toSpliced(Math.max(spare, 1), 1);
}

function fold(orders: readonly Order[]): Rule {
  const rule = {
    authority: null as Uint8Array | null,
    host: null as string | null,
    locked: false,
    closed: false,
    membersPublish: false,
    admitted: new Set<string>(),
    removed: new Set<string>(),
    moves: new Set<string>(),
  };
  for (const { key, name, args } of orders) {
    rule.authority ??= key;
    const statics = staticsOf(args);
    switch (name) {
      case 'admit':
        rule.host ??= statics[0] ?? null; // the first host begins by letting itself in
        for (const one of statics) rule.admitted.add(one);
        break;
      case 'lock':
        rule.locked = true;
        for (const one of statics) rule.admitted.add(one);
        break;
      case 'unlock':
        rule.locked = false;
        break;
      case 'remove':
        for (const one of statics) {
          rule.removed.add(one);
          rule.admitted.delete(one);
        }
        break;
      case 'close':
        rule.closed = true;
        break;
      case 'move':
        rule.moves.add(statics[0] as string);
        for (const one of statics.slice(1)) rule.admitted.add(one);
        break;
      case 'hand':
        rule.authority = args.slice(0, keyBytes);
        rule.host = statics[1] as string;
        rule.admitted.add(rule.host);
        break;
      case 'publishing':
        rule.membersPublish = args[0] === 1;
        break;
    }
  }
  return rule;
}

/** 32-byte values as hexadecimal. */
function staticsOf(args: Uint8Array): string[] {
  return Array.from({ length: Math.floor(args.length / keyBytes) }, (_, i) => hex(args.subarray(i * keyBytes, (i + 1) * keyBytes)));
}

const orderLabel = utf8('room/1 order\0');

function toSign(adminHash: Uint8Array, { key, counter, name, args }: Omit<Order, 'sig'>): Uint8Array {
  return new Writer().bytes(orderLabel).bytes(adminHash).bytes(key).u32(counter).u8(orderCodes[name]).lv(args).finish();
}

// ---------------------------------------------------------------- on the wire: key[32] | counter u32 | code u8 | lv(args) | sig[64]

export function writeOrder(writer: Writer, { key, counter, name, args, sig }: Order): Writer {
  return writer.bytes(key).u32(counter).u8(orderCodes[name]).lv(args).bytes(sig);
}

/** As a page keeps them over a reload. */
export function encodeOrders(orders: readonly Order[]): Uint8Array {
  const writer = new Writer();
  for (const order of orders) writeOrder(writer, order);
  return writer.finish();
}

/** Throws `ProtocolError`. */
export function decodeOrders(bytes: Uint8Array): Order[] {
  const reader = new Reader(bytes);
  const orders: Order[] = [];
  while (reader.left > 0) orders.push(readOrder(reader));
  return orders;
}

export function readOrder(reader: Reader): Order {
  const key = reader.bytes(keyBytes).slice();
  const counter = reader.u32();
  const name = nameOf.get(reader.u8());
  const args = reader.lv(maxArgs).slice();
  const sig = reader.bytes(sigBytes).slice();
  if (name === undefined || !fits(name, args.length)) throw new ProtocolError('malformed', 'order');
  return { key, counter, name, args, sig };
}

function fits(name: OrderName, length: number): boolean {
  switch (name) {
    case 'unlock':
    case 'close':
      return length === 0;
    case 'publishing':
      return length === 1;
    case 'remove':
      return length === keyBytes;
    case 'hand':
      return length === 2 * keyBytes;
    case 'lock':
      return length % keyBytes === 0;
    case 'admit':
    case 'move':
      return length % keyBytes === 0 && length > 0;
  }
}
