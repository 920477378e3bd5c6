import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import type { User } from '../../src/store/accounts';
import { makeUser, PASSWORD } from '../core/users/scene';
import type { TestCompany } from '../helpers/company';
import type { Service } from '../helpers/service';
import { openVisitor, type Visitor } from './browser';

/**
 * Signs somebody in by hand, where the dashboard asks for it.
 * @param from the page that is opened
 * @param to the page that it leads to, the same unless given
 */
export async function signIn(page: Page, email: string, from: string, to = from): Promise<void> {
  await page.goto(from);
  await page.getByLabel('Email').fill(email);
  await page.getByLabel('Password').fill(PASSWORD);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.waitForURL(({ pathname }) => pathname === to);
}

/** Opens a window, and signs a new user of a company in, who then sees the page. */
export async function enterDashboard({
  browser,
  service,
  company,
  path = '/dashboard',
  role = 'admin',
  options = {},
}: {
  browser: Browser;
  service: Service;
  company: TestCompany;
  path?: string;
  role?: User['role'];
  options?: BrowserContextOptions;
}): Promise<Visitor> {
  const { email } = await makeUser(service.ctx, company, role);
  const entered = await openVisitor(browser, service.url, options);
  await signIn(entered.page, email, path);
  return entered;
}
