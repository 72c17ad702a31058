import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { utf8 } from '../bytes.ts';
import { cleanFileName, isProgram } from './name.ts';

describe("a file's name", () => {
  test('that is harmless stays as it is', () => {
    for (const name of ['letter.txt', 'Größe 3.pdf', '写真.jpg', 'noext', 'a.tar.gz', 'семья 👨‍👩‍👧.png'])
      expect(cleanFileName(name)).toBe(name);
  });

  test('leads nowhere', () => {
    expect(cleanFileName('../../x')).toBe('x');
    expect(cleanFileName('..\\..\\x.txt')).toBe('x.txt');
    expect(cleanFileName('/etc/passwd')).toBe('passwd');
    expect(cleanFileName('C:\\a:b')).toBe('a_b');
    for (const name of ['..', '.', '/', '...', ' ', '']) expect(cleanFileName(name)).toBe('file');
    expect(cleanFileName('.bashrc')).toBe('bashrc');
    expect(cleanFileName('CON.txt')).toBe('_CON.txt');
    expect(cleanFileName('lpt1')).toBe('_lpt1');
  });

  test('does not write its ending backwards', () => {
    expect(cleanFileName('photo\u202Egnp.exe')).toBe('photognp.exe');
    expect(isProgram(cleanFileName('photo\u202Egnp.exe'))).toBe(true);
    expect(cleanFileName('a\u0000b\u200F\u2066.txt\n')).toBe('ab.txt');
  });

  test('of 300 characters is shortened, and keeps its ending', () => {
    const clean = cleanFileName(`${'x'.repeat(300)}.jpeg`);
    expect(clean).toMatch(/^x+…\.jpeg$/);
    expect(utf8(clean).length).toBeLessThanOrEqual(120);
    expect(utf8(cleanFileName('é'.repeat(300))).length).toBeLessThanOrEqual(120);
  });

  test('is fit for every file system whatever it was, and cleaning it twice is cleaning it once', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (name) => {
        const clean = cleanFileName(name);
        expect(clean).not.toMatch(/[/\\\p{Cc}<>:"|?*\u202a-\u202e\u2066-\u2069]/u);
        expect(clean).not.toMatch(/^[. ]|[. ]$/);
        expect(clean.length).toBeGreaterThan(0);
        expect(utf8(clean).length).toBeLessThanOrEqual(121);
        expect(cleanFileName(clean)).toBe(clean);
      }),
      { numRuns: 2000 },
    );
  });

  test('tells a program by its last ending', () => {
    for (const name of ['a.exe', 'a.pdf.EXE', 'a.sh', 'a.JS', 'x.lnk']) expect(isProgram(name)).toBe(true);
    for (const name of ['exe', 'a.exe.txt', 'a.png', 'a']) expect(isProgram(name)).toBe(false);
  });
});
