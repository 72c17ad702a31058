import { describe, expect, it } from 'vitest';
import { configOf } from './config.ts';
import { Work } from './work.ts';

describe('Work', () => {
  const second = (work: Work, joins: number): number => {
    for (let i = 0; i < joins; i++) work.countJoin();
    work.secondPassed();
    return work.bits;
  };

  it('is free at ease, rises under load up to its bound, and falls again', () => {
    const work = new Work(configOf({ joinsPerSecond: 10, workBitsMax: 16 }));
    expect([10, 11, 50, 50, 50].map((joins) => second(work, joins))).toEqual([0, 12, 14, 16, 16]);
    expect([8, 8, 5, 5, 5, 5, 5, 5].map((joins) => second(work, joins))).toEqual([16, 16, 15, 14, 13, 12, 0, 0]);
  });

  it('never falls below what the operator always asks for', () => {
    const work = new Work(configOf({ joinsPerSecond: 10, workBits: 14 }));
    expect([0, 20, 0, 0, 0, 0].map((joins) => second(work, joins))).toEqual([14, 16, 15, 14, 14, 14]);
  });
});
