/**
 * Checks from the CPace draft's testvectors.json: each value of a ristretto255 entry is a check of its own. Symmetric mode and
 * sid_output are not used by room/1; here they are put together from the same parts, since they share every part that matters.
 */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { compare, concat, hex, unhex, utf8 } from '../bytes.ts';
import { ProtocolError } from '../errors.ts';
import { generator, isk, scalarMult, transcript } from '../handshake/cpace.ts';
import { type Check, NotImplemented } from './check.ts';

/** Entries are named G_GROUP for a run and G_GROUP_points for single points; hexadecimal in upper case. */
export type CpaceFile = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** The draft's name for ristretto255. */
const group = 'G_Coffee25519';

export function cpaceChecks(file: CpaceFile): Check[] {
  return Object.entries(file).flatMap(([name, entry]) => {
    if (!name.startsWith(group)) return [{ name, run: () => skip(name) }];
    return name.includes('_points') ? pointChecks(name, entry) : runChecks(name, entry as Record<string, string>);
  });
}

function skip(name: string): never {
  throw new NotImplemented(name);
}

function runChecks(name: string, entry: Readonly<Record<string, string>>): Check[] {
  const value = (key: string) => unhex(entry[key] as string);
  const computed: Record<string, () => Uint8Array> = {
    g: () => generator({ prs: value('PRS'), ci: value('CI'), sid: value('sid') }),
    Ya: () => scalarMult(value('ya'), value('g')),
    Yb: () => scalarMult(value('yb'), value('g')),
    K: () => {
      const k = scalarMult(value('ya'), value('Yb'));
      assert.deepEqual(scalarMult(value('yb'), value('Ya')), k, 'both sides');
      return k;
    },
    ISK_IR: () => isk(value('sid'), value('K'), initiatorFirst()),
    ISK_SY: () => isk(value('sid'), value('K'), ordered()),
    sid_output_ir: () => sidOutput(initiatorFirst()),
    sid_output_oc: () => sidOutput(ordered()),
  };
  const initiatorFirst = () => transcript(value('Ya'), value('ADa'), value('Yb'), value('ADb'));
  /** transcript_oc of the draft: the greater half first. */
  const ordered = () => {
    const halves = [concat(lv(value('Ya')), lv(value('ADa'))), concat(lv(value('Yb')), lv(value('ADb')))];
    return concat(utf8('oc'), ...halves.sort(compare).reverse());
  };
  return Object.entries(computed)
    .filter(([key]) => key in entry)
    .map(([key, compute]) => ({
      name: `${name} ${key}`,
      run: () => assert.equal(hex(compute()), (entry[key] as string).toLowerCase()),
    }));
}

interface Points {
  readonly Valid: { readonly s: string; readonly X: string; readonly [result: string]: string };
  readonly [invalid: string]: unknown;
}

function pointChecks(name: string, entry: Readonly<Record<string, unknown>>): Check[] {
  const { Valid: valid, ...others } = entry as unknown as Points;
  const results = Object.entries(valid).filter(([key]) => key.startsWith('G.'));
  return [
    ...results.map(([key, result]) => ({
      name: `${name} ${key}`,
      run: () => assert.equal(hex(scalarMult(unhex(valid.s), unhex(valid.X))), result.toLowerCase()),
    })),
    ...Object.entries(others).map(([key, point]) => ({
      name: `${name} ${key}`,
      run: () => assert.throws(() => scalarMult(unhex(valid.s), unhex(point as string)), ProtocolError),
    })),
  ];
}

function sidOutput(transcribed: Uint8Array): Uint8Array {
  return createHash('sha512')
    .update(concat(utf8('CPaceSidOutput'), transcribed))
    .digest();
}

/** The draft's length prefix, for the short values of the vectors. */
function lv(bytes: Uint8Array): Uint8Array {
  return concat(Uint8Array.of(bytes.length), bytes);
}
