/**
 * What is kept of a room so that a reloaded page comes back as the same person (store/kept.ts): link, name, static key, the room's
 * password, the host's key where this page is the host, whom the person has verified, and the messages if wanted. Written as JSON; what
 * cannot be read is taken for nothing.
 */
import { hex, unhex, utf8, utf8Text } from '../../shared/bytes.ts';
import type { RoomIdentity } from '../net/open-room.ts';
import type { ShownMessage } from './types.ts';

export interface Keepsake extends RoomIdentity {
  readonly link: string;
  readonly name: string;
  /** Null where only the room is kept. */
  readonly messages: readonly ShownMessage[] | null;
}

/** The newest; a longer log would be written anew with each message. */
const keptMessages = 500;
const version = 2;

/** Messages that vanish are not kept, and neither are files, whose keys are only as good as the page that offered them. */
export function encodeKeepsake({ link, name, staticSecret, password, office, verdicts, messages }: Keepsake): Uint8Array {
  const kept = messages?.filter(({ vanishesAt, text }) => vanishesAt === undefined && text !== '').slice(-keptMessages) ?? null;
  const secrets = { staticSecret: hex(staticSecret), password, office: office && officeText(office) };
  return utf8(JSON.stringify({ version, link, name, ...secrets, verdicts: [...verdicts], messages: kept?.map(withoutFile) ?? null }));
}

function officeText({ adminSeed, orders }: NonNullable<RoomIdentity['office']>): { adminSeed: string | null; orders: string } {
  return { adminSeed: adminSeed && hex(adminSeed), orders: hex(orders) };
}

function withoutFile({ file: _, ...message }: ShownMessage & { file?: unknown }): object {
  return message;
}

export function decodeKeepsake(bytes: Uint8Array): Keepsake | null {
  try {
    const read = JSON.parse(utf8Text(bytes));
    if (read.version !== version) return null;
    const { link, name, password, verdicts } = read;
    const messages = (read.messages as ShownMessage[] | null)?.map(settled) ?? null;
    const office = read.office && { adminSeed: read.office.adminSeed && unhex(read.office.adminSeed), orders: unhex(read.office.orders) };
    return { link, name, staticSecret: unhex(read.staticSecret), password, office, verdicts: new Map(verdicts), messages };
  } catch {
    return null;
  }
}

/** What was still to be sent went with the page that held it. */
function settled(message: ShownMessage): ShownMessage {
  if (message.delivery?.state !== 'sending' && message.delivery?.state !== 'sent') return message;
  return { ...message, delivery: { state: 'undelivered', to: 0, of: 0 } };
}
