// The story of a phone: paired, offline, logged, killed, and in agreement with the laptop again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Browser, Laptop, inFolder } from './lab.mjs';

async function joined(browser, { link }) {
  const page = await browser.open();
  await page.goto(link);
  await page.getByRole('button', { name: 'Join' }).click();
  await page.getByRole('link', { name: 'People' }).waitFor();
  return page;
}

async function log(page, note) {
  await page.getByRole('button', { name: 'Log a talk' }).click();
  await page.getByLabel('Name').fill('ada');
  await page.getByRole('link', { name: 'Ada Rilo' }).click();
  await page.getByRole('checkbox', { name: 'lead' }).check();
  await page.getByLabel('Note').fill(note);
  await page.getByRole('button', { name: 'Keep it' }).click();
  await page.getByText(note).waitFor();
}

const timeline = (laptop, who) => laptop.json('show', who).timeline.map((talk) => talk.text);

test('a talk logged offline in a browser that is killed reaches the laptop', () => inFolder(async (folder) => {
  const laptop = new Laptop(folder);
  laptop.run('init', '--name', 'Mira Tolo');
  laptop.run('add', 'Ada Rilo', '--company', 'Sakumi', '--email', 'ada@example.org');
  laptop.run('edit', 'ada', '--tier', 'inner');
  const { address, link } = await laptop.phone();
  const browser = new Browser(folder);

  let page = await joined(browser, { link });
  await page.getByRole('link', { name: 'People' }).click();
  await page.getByText('Ada Rilo').waitFor();
  await page.evaluate(() => navigator.serviceWorker.ready);

  await laptop.stop();
  await browser.context.setOffline(true);
  await page.reload();
  await log(page, 'coffee on the train');
  await browser.kill();

  laptop.run('log', 'ada', 'she called back');
  laptop.run('edit', 'ada', '--title', 'Head of Trials');
  await laptop.phone();
  page = await browser.open();
  await page.goto(`${address}#people`);
  await page.getByText('Ada Rilo').click();
  await page.getByText('coffee on the train').waitFor();
  await page.getByText('she called back').waitFor();
  await page.getByText('Head of Trials').waitFor();
  await page.getByText('in touch').waitFor();
  await browser.close();
  await laptop.stop();
  assert.deepEqual(timeline(laptop, 'ada').sort(), ['coffee on the train', 'she called back']);
}));

test('a link with a used invitation says so and the page goes on', () => inFolder(async (folder) => {
  const laptop = new Laptop(folder);
  laptop.run('init', '--name', 'Mira Tolo');
  const { address, link } = await laptop.phone();
  const browser = new Browser(folder);
  const page = await browser.open();
  await page.goto(link);
  assert.equal(await page.evaluate(() => location.hash), '#pair', 'no secret stays in the address');
  await page.getByRole('button', { name: 'Join' }).click();
  await page.getByText('Nobody is in your book yet').waitFor();
  await browser.close();

  const other = new Browser(folder);
  const second = await other.open();
  await second.goto(address);
  await second.getByLabel('or paste the text').fill('goodword1abc');
  await second.getByRole('button', { name: 'Join' }).click();
  await second.getByRole('alert').getByText('mangled').waitFor();
  await second.getByLabel('or paste the text').fill(link);
  await second.getByRole('button', { name: 'Join' }).click();
  await second.getByRole('alert').filter({ hasNotText: 'mangled' }).waitFor();
  await other.close();
  await laptop.stop();
}));

test('two tabs are one device, and the one that is left goes on', () => inFolder(async (folder) => {
  const laptop = new Laptop(folder);
  laptop.run('init', '--name', 'Mira Tolo');
  laptop.run('add', 'Ada Rilo');
  const served = await laptop.phone();
  const browser = new Browser(folder);
  const first = await joined(browser, served);
  const second = await browser.context.newPage();
  await second.goto(served.address);
  await log(second, 'by the second tab');
  await first.getByRole('link', { name: 'People' }).click();
  await first.getByText('Ada Rilo').click();
  await first.getByText('by the second tab').waitFor();

  await first.close();
  await second.goto(`${served.address}#today`);
  await log(second, 'alone');
  await second.getByText('in touch').waitFor();
  await browser.close();
  await laptop.stop();
  assert.deepEqual(timeline(laptop, 'ada').sort(), ['alone', 'by the second tab']);
}));
