/** Which pipeline a monitor watches, for people who have several. Has no secrets. */
export interface PipelinePlaces {
  /** `host:port/database` */
  readonly source: string;
  readonly database: string;
  readonly lake: string;
  readonly warehouse: string;
  /** The version of tailrace. */
  readonly version: string;
}

/** The same, with the start of the monitor. */
export interface PipelineReport extends PipelinePlaces {
  /** ISO 8601, the monitor's clock. */
  readonly startedAt: string;
}
