import { describe, expect, it } from 'vitest';
import { configOf } from '../config.ts';
import { countriesFor, exitLines } from './exits.ts';
import { torFolder } from './torrc.ts';

const places = torFolder('/relay/tor');

describe('the settings of exits', () => {
  it('are for every tor, or for one alone', () => {
    const wanted = ['nl', '1:de', '1:se', '12:us'];
    expect(countriesFor(0, wanted)).toEqual(['nl']);
    expect(countriesFor(1, wanted)).toEqual(['nl', 'de', 'se']);
    expect(countriesFor(12, wanted)).toEqual(['nl', 'us']);
  });

  it('become a SocksPort of their own, strict about countries where some are named', () => {
    expect(exitLines(places, [])).toEqual(['SocksPort unix:"/relay/tor/exits.sock" IsolateSOCKSAuth']);
    expect(exitLines(places, ['nl', 'de']).slice(1)).toEqual(['ExitNodes {nl},{de}', 'StrictNodes 1']);
  });

  it('are refused where they could not be meant', () => {
    const wrong = [
      { torExitCountries: 'nl' },
      { torExits: true, torExitCountries: 'Netherlands' },
      { torExits: true, torExitCountries: 'n}' },
      { torExits: true, torExitCountries: 'nl', torControl: '127.0.0.1:9051' },
    ];
    for (const settings of wrong) expect(() => configOf(settings)).toThrow();
    expect(configOf({ torExits: true, torExitCountries: '1:nl, de' }).torExitCountries).toEqual(['1:nl', 'de']);
  });
});
