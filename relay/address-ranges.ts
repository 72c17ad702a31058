/** Addresses and CIDR ranges, as an operator writes them down. */
import { BlockList, isIP } from 'node:net';

/** Throws RangeError where one of `ranges` is neither. */
export function rangeList(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) addRange(list, range);
  return list;
}

/** True where `address` is in `range`. Throws RangeError where `range` is neither. */
export function covers(range: string, address: string): boolean {
  return isListed(rangeList([range]), address);
}

function addRange(list: BlockList, range: string): void {
  const [base = '', bits, ...more] = range.split('/');
  const family = isIP(base) === 6 ? 'ipv6' : 'ipv4';
  const most = family === 'ipv6' ? 128 : 32;
  if (isIP(base) === 0 || more.length > 0 || (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= most)))
    throw new RangeError(`${range} is no address and no range like 192.0.2.0/24`);
  list.addSubnet(base, bits === undefined ? most : Number(bits), family);
}

/** An IPv4 address that came through an IPv6 socket counts as itself. */
export function isListed(list: BlockList, address: string): boolean {
  const plain = address.replace(/^::ffff:(?=\d+\.)/i, '');
  return isIP(plain) !== 0 && list.check(plain, isIP(plain) === 6 ? 'ipv6' : 'ipv4');
}
