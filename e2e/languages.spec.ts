/** The page in other languages, from right to left, and in letters of twice the size. */
import { fits } from './axe.ts';
import { expect, test } from './fixtures.ts';

for (const [locale, language, create] of [
  ['es-MX', 'es', 'Crear sala'],
  ['fr-FR', 'fr', 'Créer la salle'],
  ['ar-EG', 'ar', 'أنشئ الغرفة'],
] as const) {
  test(`${language}: the page is there in the language of the browser, without English first`, async ({ person, relay }) => {
    const ann = await person('Ann', {
      context: { locale },
      before: () => {
        const seen: string[] = [];
        Object.assign(window, { seen });
        new MutationObserver(() => seen.push(document.body?.textContent ?? '')).observe(document, { childList: true, subtree: true });
      },
    });
    await ann.opens(relay.url);
    await expect(ann.button(create)).toBeVisible();
    await expect(ann.page.locator('html')).toHaveAttribute('lang', language);
    await expect(ann.page.locator('html')).toHaveAttribute('dir', language === 'ar' ? 'rtl' : 'ltr');
    const flashed = await ann.page.evaluate(() =>
      (window as unknown as { seen: string[] }).seen.some((text) => text.includes('Create room')),
    );
    expect(flashed).toBe(false);
    await fits(ann.page);
  });
}

test('a room from right to left: the composer sends to the left, and English is a choice away', async ({ person, relay }) => {
  const ann = await person('Ann', { context: { locale: 'ar' } });
  await ann.opens(relay.url);
  await ann.button('أنشئ الغرفة').click();
  const field = ann.textbox('رسالة');
  await field.fill('مرحبًا');
  await ann.button('أرسل').click();
  await expect(ann.page.getByRole('log').getByText('مرحبًا')).toBeVisible();
  expect((await ann.button('أرسل').boundingBox())!.x).toBeLessThan((await field.boundingBox())!.x);
  await fits(ann.page);
  await ann.button('القائمة').click();
  await ann.page.getByRole('option', { name: 'الإعدادات' }).click();
  await ann.page.getByRole('combobox', { name: 'اللغة' }).selectOption('English');
  await expect(ann.page.getByRole('heading', { name: 'Settings' })).toBeVisible();
  await expect(ann.page.locator('html')).toHaveAttribute('dir', 'ltr');
});

test('letters of twice the size cut nothing off', async ({ person, relay }) => {
  const ann = await person('Ann', {
    before: () => {
      document.addEventListener('DOMContentLoaded', () => document.documentElement.style.setProperty('font-size', '200%'));
    },
  });
  await ann.opens(relay.url);
  await expect(ann.button('Create room')).toBeVisible();
  await fits(ann.page);
  await ann.createsRoom({ name: 'Ann' });
  await expect(ann.textbox('Message')).toBeInViewport();
  await expect(ann.button('Send')).toBeInViewport();
  await expect(ann.button('Leave room')).toBeInViewport();
  await fits(ann.page);
});

test('high contrast is a choice, and follows the system', async ({ person, relay }) => {
  const ann = await person('Ann', { context: { contrast: 'more', colorScheme: 'dark' } });
  await ann.opens(relay.url);
  await expect(ann.page.locator('html')).toHaveCSS('background-color', 'rgb(0, 0, 0)');
});
