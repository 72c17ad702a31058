/** What axe and a ruler say of a screen. */
import AxeBuilder from '@axe-core/playwright';
import { expect, type Page } from '@playwright/test';

export async function hasNoFault(page: Page, screen: string): Promise<void> {
  const { violations } = await new AxeBuilder({ page: page as never }).analyze();
  const told = violations.map(
    (fault) => `${screen}: ${fault.id}: ${fault.nodes.map((node) => `${node.target} ${node.any[0]?.message ?? ''}`).join('; ')}`,
  );
  expect(told).toEqual([]);
}

/** Nothing is cut off or has to be scrolled sideways. */
export async function fits(page: Page): Promise<void> {
  expect(await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)).toBeLessThanOrEqual(0);
}
