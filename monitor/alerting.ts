import { describeError } from '../core/errors.ts';
import type { Log } from '../core/log.ts';
import type { Moment } from '../core/time.ts';
import { getAlerts, putAlerts } from '../lake/alert-record.ts';
import type { AlertRecord, AlertRecords } from '../lake/alert-record.ts';
import type { ObjectStore } from '../lake/store/object-store.ts';
import { ALERT_KINDS, noticeText } from './alert.ts';
import type { Alert, AlertKind, Condition, Notice } from './alert.ts';
import { AlertBook } from './alert-book.ts';
import type { Channel } from './channel.ts';
import { Delivery } from './delivery.ts';
import type { DeliveryState } from './delivery.ts';

const RECENT = 50;

/** Alerts as the page and `/status` show them. */
export interface AlertReport {
  readonly active: readonly Alert[];
  /** newest first */
  readonly recent: readonly Notice[];
  readonly deliveries: readonly DeliveryState[];
}

/**
 * Sends notices over every channel. Raised alerts are recorded in the lake, so a restarted monitor
 * does not send them again.
 */
export class Alerting {
  readonly #store: ObjectStore;
  readonly #warehouseId: string;
  readonly #log: Log;
  readonly #deliveries: readonly Delivery[];
  readonly #book: AlertBook;
  /** What the last monitor has recorded. */
  readonly #before: AlertRecords;
  #recent: readonly Notice[] = [];
  #recorded: boolean = true;

  static async open(options: {
    store: ObjectStore;
    warehouseId: string;
    channels: readonly Channel[];
    log: Log;
    signal: AbortSignal;
  }): Promise<Alerting> {
    const recorded = await getAlerts(options.store, options.warehouseId).catch((error: unknown) => {
      options.log.warn({ error: describeError(error) }, 'alerts of before are not known');
      return { active: [] };
    });
    return new Alerting(options, recorded);
  }

  private constructor(
    options: { store: ObjectStore; warehouseId: string; channels: readonly Channel[]; log: Log; signal: AbortSignal },
    recorded: AlertRecords,
  ) {
    this.#store = options.store;
    this.#warehouseId = options.warehouseId;
    this.#log = options.log;
    this.#deliveries = options.channels.map((channel) => new Delivery(channel, options.log, options.signal));
    this.#before = recorded;
    this.#book = new AlertBook(recorded.active.flatMap(knownAlert));
  }

  get report(): AlertReport {
    return { active: this.#book.active, recent: this.#recent, deliveries: this.#deliveries.map(({ state }) => state) };
  }

  /** `conditions`: all that hold in this look. */
  async look(conditions: readonly Condition[], now: Moment): Promise<void> {
    const notices = this.#book.look(conditions, now);
    for (const notice of notices) {
      const facts = { alert: notice.alert.kind, key: notice.alert.key, text: noticeText(notice) };
      if (notice.status === 'raised') this.#log.warn(facts, 'alert raised');
      else this.#log.info(facts, 'alert resolved');
      for (const delivery of this.#deliveries) delivery.put(notice);
    }
    this.#recent = [...notices.toReversed(), ...this.#recent].slice(0, RECENT);
    if (notices.length > 0) this.#recorded = false;
    if (!this.#recorded) await this.#record();
  }

  /** Resolves when everything is delivered or was tried once more. */
  async settled(): Promise<void> {
    await Promise.all(this.#deliveries.map((delivery) => delivery.settled()));
  }

  /**
   * Notices are sent first and recorded second. A crash between the two sends them twice; it never
   * loses them.
   */
  async #record(): Promise<void> {
    try {
      const others = this.#before.active.filter((one) => knownAlert(one).length === 0);
      await putAlerts(this.#store, this.#warehouseId, { ...this.#before, active: [...this.#book.active, ...others] });
      this.#recorded = true;
    } catch (error) {
      this.#log.debug({ error: describeError(error) }, 'alerts not recorded');
    }
  }
}

/**
 * A kind that this version does not know was recorded by another version, and stays recorded for
 * it.
 */
function knownAlert(record: AlertRecord): Alert[] {
  const kind = ALERT_KINDS.find((known): known is AlertKind => known === record.kind);
  return kind === undefined ? [] : [{ ...record, kind }];
}
