import { cpSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Application } from '../world/application.ts';
import { type Outcome, playSteps, type Product } from '../world/player.ts';
import { ROLES, type World } from '../world/world.ts';
import { milliseconds } from './fault.ts';
import { faultOf } from './faults.ts';
import { Judgement } from './judgement.ts';
import { openStage, type Servers, type Stage } from './stage.ts';
import type { Tally } from './tally.ts';

/** How an ordeal is played. */
export interface PlayOptions {
  readonly servers: Servers;
  readonly tally: Tally;
  /** How long it may take until all is live and fresh after the last fault. */
  readonly patienceMs: number;
  /** Where lake and warehouse are copied to when it fails. */
  readonly keep?: string | undefined;
}

/** Plays a world with faults on a database of its own; everything is gone afterwards. */
export async function playOrdeal(world: World, { servers, tally, patienceMs, keep }: PlayOptions): Promise<Outcome> {
  await using stage = await openStage(world, servers);
  await using application = new Application(stage.database, { reconnects: true });
  const judgement = new Judgement(stage, { settings: world.settings, patienceMs });
  return await playSteps(world, { application, product: new Ordeal(stage, { application, judgement, tally }) }, keep);
}

/** The product, and what befalls it. */
class Ordeal implements Product {
  comparisons = 0;
  readonly #stage: Stage;
  readonly #application: Application;
  readonly #judgement: Judgement;
  readonly #tally: Tally;

  constructor(stage: Stage, { application, judgement, tally }: { application: Application; judgement: Judgement; tally: Tally }) {
    this.#stage = stage;
    this.#application = application;
    this.#judgement = judgement;
    this.#tally = tally;
    stage.crew.onFailpoint = (name) => tally.failpoint(name);
  }

  async do(deed: string): Promise<void> {
    const fault = faultOf(deed);
    if (fault === null) await this.#act(deed);
    else {
      this.#tally.fault(fault.name);
      await fault.strike(this.#stage, fault.pattern.exec(deed)?.groups ?? {});
      await this.#judgement.slotBehindLake();
    }
    this.#stage.crew.requireWell();
  }

  keep(folder: string): void {
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
      case 'compare':
        return this.#compare();
      case 'verify':
        return this.#judgement.verified();
      default:
        return this.#judge();
    }
  }

  #arm([role, failpoint]: readonly string[]): void {
    const armed = ROLES.find((known) => known === role);
    if (armed === undefined || failpoint === undefined) throw new Error(`no role is called ${role}`);
    this.#stage.crew.arm(armed, failpoint);
  }

  async #compare(): Promise<void> {
    await this.#stage.spells.calm();
    this.#stage.crew.start();
    await this.#judgement.live();
    await this.#judgement.slotBehindLake();
    this.comparisons += 1;
  }

  async #judge(): Promise<void> {
    await this.#application.idle();
    await this.#compare();
    await this.#judgement.verified();
    await this.#judgement.rebuiltElsewhere();
    await this.#stage.crew.stop();
  }
}
