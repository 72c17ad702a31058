/** Fields that several frames share (protocol.md "Records and ratchets"). Each throws `ProtocolError` for what no encoder writes. */
import { utf8Text } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import type { Reader } from './reader.ts';

export function flag(reader: Reader): boolean {
  const value = reader.u8();
  if (value > 1) throw new ProtocolError('malformed', `a flag of ${value}`);
  return value === 1;
}

export function counter(reader: Reader, most: number): number {
  const value = reader.u32();
  if (value > most) throw new ProtocolError('oversize', `counter ${value} above ${most}`);
  return value;
}

/** Items up to the end of the body. */
export function listOf<Item>(reader: Reader, most: number, item: (reader: Reader) => Item): Item[] {
  const items: Item[] = [];
  while (reader.left > 0) {
    if (items.length >= most) throw new ProtocolError('oversize', `more than ${most} items`);
    items.push(item(reader));
  }
  return items;
}

export function text(bytes: Uint8Array): string {
  try {
    return utf8Text(bytes);
  } catch (cause) {
    throw new ProtocolError('malformed', 'not UTF-8', { cause });
  }
}
