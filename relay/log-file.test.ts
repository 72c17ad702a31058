import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RelayError } from './errors.ts';
import { LogFile } from './log-file.ts';

let folder: string;
let path: string;
let elsewhere: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hushroom-log-'));
  path = join(folder, 'relay.log');
  elsewhere = [];
});
afterEach(() => rmSync(folder, { recursive: true }));

const open = (mostBytes: number, files: number): LogFile =>
  new LogFile({ path, mostBytes, files, otherwise: (line) => void elsewhere.push(line) });
const line = (number: number): string => `${JSON.stringify({ event: 'listening', number })}\n`;
const numbersIn = (name: string): number[] =>
  readFileSync(join(folder, name), 'utf8')
    .trim()
    .split('\n')
    .map((text) => (JSON.parse(text) as { number: number }).number);

describe('a log file', () => {
  it('has every line in order, and after a restart the next ones behind them', () => {
    for (const begin of [0, 10]) {
      const log = open(10_000, 3);
      for (let i = 0; i < 10; i++) log.write(line(begin + i));
      log.close();
    }
    expect(numbersIn('relay.log')).toEqual(Array.from({ length: 20 }, (_, i) => i));
    expect(readdirSync(folder)).toEqual(['relay.log']);
  });

  it('is one of so many files of so many bytes, and the oldest lines are let go', () => {
    const most = 10 * line(1000).length;
    const log = open(most, 3);
    for (let i = 1000; i < 1095; i++) log.write(line(i));
    log.close();
    expect(readdirSync(folder).sort()).toEqual(['relay.log', 'relay.log.1', 'relay.log.2']);
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).size).toBeLessThanOrEqual(most);
    expect([...numbersIn('relay.log.2'), ...numbersIn('relay.log.1'), ...numbersIn('relay.log')]).toEqual(
      Array.from({ length: 25 }, (_, i) => 1070 + i),
    );
  });

  it('that is the only one begins anew when it is full', () => {
    const log = open(2 * line(1).length, 1);
    for (let i = 1; i <= 5; i++) log.write(line(i));
    log.close();
    expect(numbersIn('relay.log')).toEqual([5]);
    expect(readdirSync(folder)).toEqual(['relay.log']);
  });

  it('takes a line that is longer than a file, and is not stuck with it', () => {
    const log = open(10, 2);
    for (let i = 1; i <= 3; i++) log.write(line(i));
    log.close();
    expect([numbersIn('relay.log.1'), numbersIn('relay.log')]).toEqual([[2], [3]]);
  });

  it('is for its owner alone, also where it was there before with other rights', () => {
    writeFileSync(path, line(0));
    chmodSync(path, 0o644);
    const log = open(line(0).length, 2);
    log.write(line(1));
    log.close();
    for (const name of readdirSync(folder)) expect(statSync(join(folder, name)).mode & 0o777, name).toBe(0o600);
  });

  it('is not written through a link that somebody laid', () => {
    const target = join(folder, 'target');
    writeFileSync(target, 'precious');
    symlinkSync(target, path);
    expect(() => open(100, 2)).toThrow(RelayError);
    expect(readFileSync(target, 'utf8')).toBe('precious');
  });

  it('that cannot be made is one sentence', () => {
    path = join(folder, 'nowhere', 'relay.log');
    expect(() => open(100, 2)).toThrow(/^the log file \S+ cannot be written: ENOENT/);
  });

  it('loses no line when its folder goes away: they are told otherwise until it is back', () => {
    const log = open(line(1).length, 2);
    log.write(line(1));
    rmSync(folder, { recursive: true });
    log.write(line(2));
    log.write(line(3));
    expect(elsewhere).toEqual([line(2), line(3)]);
    mkdirSync(folder);
    log.write(line(4));
    expect(elsewhere).toHaveLength(2);
    expect(numbersIn('relay.log')).toEqual([4]);
    log.close();
  });
});
