import { cpSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Application } from '../world/application.ts';
import { type Outcome, playSteps, type Product } from '../world/player.ts';
import type { World } from '../world/world.ts';
import { milliseconds } from './fault.ts';
import { faultOf } from './faults.ts';
import { Judgement } from './judgement.ts';
import { roleOf } from './crew.ts';
import { lengthen } from './long-lake.ts';
import { EXPORTED } from './marts.ts';
import { openStage, type Servers, type Stage } from './stage.ts';
import type { Tally } from './tally.ts';
import { withLake } from './with-lake.ts';

/** How an ordeal is played. */
export interface PlayOptions {
  readonly servers: Servers;
  readonly tally: Tally;
  /** How long it may take until all is live and fresh after the last fault. */
  readonly patienceMs: number;
  /** Where lake and warehouse are copied to when it fails. An earlier copy is removed. */
  readonly keep?: string | undefined;
  /** Called with each deed and how long it took, and with each failpoint that was hit. */
  readonly trace?: ((text: string) => void) | undefined;
}

/** Plays a world with faults on a database of its own; everything is gone afterwards. */
export async function playOrdeal(world: World, { servers, tally, patienceMs, keep, trace }: PlayOptions): Promise<Outcome> {
  await using stage = await openStage(world, servers);
  await using application = new Application(stage.database, { reconnects: true });
  const judgement = new Judgement(stage, { settings: world.settings, patienceMs });
  return await playSteps(world, { application, product: new Ordeal(stage, { application, judgement, tally, trace }) }, keep);
}

interface Means extends Pick<PlayOptions, 'tally' | 'trace'> {
  readonly application: Application;
  readonly judgement: Judgement;
}

/** The product, and what befalls it. */
class Ordeal implements Product {
  comparisons = 0;
  readonly #stage: Stage;
  readonly #application: Application;
  readonly #judgement: Judgement;
  readonly #tally: Tally;
  readonly #trace: (text: string) => void;

  constructor(stage: Stage, { application, judgement, tally, trace = () => undefined }: Means) {
    this.#trace = trace;
    this.#stage = stage;
    this.#application = application;
    this.#judgement = judgement;
    this.#tally = tally;
    stage.crew.onFailpoint = (name) => {
      tally.failpoint(name);
      trace(`died at ${name}`);
    };
  }

  async do(deed: string): Promise<void> {
    const started = performance.now();
    const fault = faultOf(deed);
    if (fault === null) await this.#act(deed);
    else {
      this.#tally.fault(fault.name);
      await fault.strike(this.#stage, fault.pattern.exec(deed)?.groups ?? {});
      await this.#judgement.slotBehindLake();
    }
    this.#trace(`${Math.round(performance.now() - started)} ms ! ${deed}`);
    this.#stage.crew.requireWell();
  }

  keep(folder: string): void {
    // The same ordeal may have failed before.
    rmSync(folder, { recursive: true, force: true });
    cpSync(this.#stage.pipeline.folder, folder, { recursive: true });
  }

  async #act(deed: string): Promise<void> {
    const { crew, spells } = this.#stage;
    const [verb, ...rest] = deed.split(' ');
    switch (verb) {
      case 'start':
        return crew.start();
      case 'stop':
        await spells.calm();
        return crew.stop();
      case 'crash':
        return crew.crash();
      case 'calm':
        return spells.calm();
      case 'wait':
        return sleep(milliseconds(rest[0]));
      case 'arm':
        return this.#arm(rest);
      case 'disarm':
        crew.disarm();
        return;
      case 'died':
        await spells.calm();
        return crew.died();
      case 'export':
        return this.#export(rest);
      case 'lengthen':
        return withLake(this.#stage.pipeline.lake, (store) => lengthen(store, Number(rest[0])));
      case 'paged':
        return this.#paged();
      case 'clean':
        return this.#clean();
      case 'compare':
        return this.#compare();
      case 'verify':
        return this.#judgement.verified();
      default:
        return this.#judge();
    }
  }

  #arm([role, failpoint]: readonly string[]): void {
    this.#stage.crew.arm(roleOf(role), failpoint ?? '');
  }

  /** With a failpoint the command dies there, if it comes by, and is given again. */
  async #export([failpoint]: readonly string[]): Promise<void> {
    const { crew, spells, pipeline } = this.#stage;
    await spells.calm();
    crew.start();
    if (!(await this.#judgement.exportable())) return;
    const args = ['export', EXPORTED, '--to', 'exports'];
    if (failpoint !== undefined) {
      const { signal } = await pipeline.cli(args, { TAILRACE_FAILPOINT: failpoint });
      if (signal === 'SIGKILL') this.#tally.failpoint(failpoint);
    }
    await this.#judgement.exported(args);
  }

  async #compare(): Promise<void> {
    await this.#stage.spells.calm();
    this.#stage.crew.start();
    await this.#judgement.live();
    await this.#judgement.slotBehindLake();
    this.comparisons += 1;
  }

  async #paged(): Promise<void> {
    await this.#stage.spells.calm();
    this.#stage.crew.start();
    await this.#judgement.paged();
  }

  /** Without writers, as they may be about to name something. */
  async #clean(): Promise<void> {
    await this.#stage.spells.calm();
    await this.#stage.crew.stop();
    await this.#judgement.clean();
  }

  async #judge(): Promise<void> {
    await this.#application.idle();
    await this.#compare();
    // The last faults: a death while it is judged would be one more.
    if (this.#stage.crew.disarm()) await this.#compare();
    if (this.#stage.crew.has('transform')) await this.#judgement.martsEqual();
    await this.#judgement.rest();
    await this.#stage.crew.stop();
  }
}
