import { describe, expect, it } from 'vitest';
import { configOf } from './config.ts';
import { originsByHost, ownOrigins } from './origins.ts';

describe('origins', () => {
  it('are those that were set, or localhost, or also this computer on its networks', () => {
    expect(ownOrigins(configOf({ origins: 'https://a.example, http://b.example:81' }), 8080)).toEqual([
      'https://a.example',
      'http://b.example:81',
    ]);
    expect(ownOrigins(configOf(), 8080)).toEqual(['http://localhost:8080', 'http://127.0.0.1:8080', 'http://[::1]:8080']);
    expect(ownOrigins(configOf({ host: '192.0.2.7' }), 80)).toContain('http://192.0.2.7');
    expect(ownOrigins(configOf({ host: '::' }), 80)).toContain('http://localhost');
  });

  it('are found by the Host header, with or without a default port', () => {
    const byHost = originsByHost(['https://a.example', 'http://a.example', 'http://b.example:81']);
    expect(byHost.get('a.example')).toEqual(['https://a.example', 'http://a.example']);
    expect([byHost.get('a.example:443'), byHost.get('a.example:80'), byHost.get('b.example:81')]).toEqual([
      ['https://a.example'],
      ['http://a.example'],
      ['http://b.example:81'],
    ]);
    expect(byHost.get('b.example')).toBeUndefined();
  });
});
