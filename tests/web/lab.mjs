// A laptop with a book, and a browser with the page: real processes on this machine.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** How long anything may take before the test gives up, in milliseconds. */
export const PATIENCE = 60_000;

const CHROMIUM_FLAGS = [
  '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run',
  '--disable-background-networking', '--disable-component-update', '--disable-sync',
];

async function freePort() {
  const server = createServer();
  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address();
  await new Promise((closed) => server.close(closed));
  return port;
}

/** A home of its own, and what is run in it. */
export class Laptop {
  static binary = process.env.GOODWORD_BIN ?? `${root}target/debug/goodword`;

  constructor(folder) {
    this.home = mkdtempSync(join(folder, 'laptop-'));
  }

  run(...verb) {
    const done = spawnSync(Laptop.binary, ['--home', this.home, ...verb], { encoding: 'utf8' });
    if (done.status !== 0) throw new Error(`${verb.join(' ')}: ${done.stderr}`);
    return done.stdout;
  }

  json(...verb) {
    return JSON.parse(this.run(...verb, '--json'));
  }

  /** Serves the page; resolves to its address and the link of an invitation. */
  async phone() {
    this.port ??= await freePort();
    const verb = ['--home', this.home, 'phone', '--yes', '--json', '--port', String(this.port)];
    this.serving = spawn(Laptop.binary, verb, { stdio: ['ignore', 'pipe', 'pipe'] });
    let trouble = '';
    this.serving.stderr.on('data', (bytes) => (trouble += bytes));
    for await (const line of createInterface(this.serving.stdout)) {
      const told = JSON.parse(line);
      if (told.event === 'page') return told;
    }
    throw new Error(`phone ended: ${trouble}`);
  }

  async stop() {
    const ended = new Promise((end) => this.serving.once('exit', end));
    this.serving.kill('SIGINT');
    await ended;
  }
}

/** A browser with a profile that outlives it. */
export class Browser {
  constructor(folder) {
    this.profile = mkdtempSync(join(folder, 'profile-'));
  }

  async open(options = {}) {
    this.context = await chromium.launchPersistentContext(this.profile, {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: [...CHROMIUM_FLAGS, ...(options.args ?? [])],
      viewport: options.viewport ?? { width: 360, height: 740 },
      permissions: options.permissions ?? [],
    });
    this.context.setDefaultTimeout(PATIENCE);
    this.page = this.context.pages()[0] ?? (await this.context.newPage());
    this.heard = [];
    this.page.on('console', (message) => this.heard.push(`${message.type()}: ${message.text()}`));
    this.page.on('pageerror', (error) => this.heard.push(`error: ${error.message}`));
    return this.page;
  }

  /** Ends it without a word to the page, as when a battery dies. */
  async kill() {
    const pid = spawnSync('pgrep', ['-f', '--', `--user-data-dir=${this.profile}`], { encoding: 'utf8' });
    const closed = this.context.waitForEvent('close').catch(() => {});
    for (const one of pid.stdout.trim().split('\n').filter(Boolean)) {
      try { process.kill(Number(one), 'SIGKILL'); } catch { /* gone with its parent */ }
    }
    await closed;
  }

  close() {
    return this.context.close();
  }
}

/** Runs `test` with a folder that is gone afterwards. */
export async function inFolder(test) {
  const folder = mkdtempSync(join(tmpdir(), 'goodword-web-'));
  try {
    await test(folder);
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 });
  }
}
