/** Which pipeline a monitor looks at, for people who have several; without secrets. */
export interface PipelinePlaces {
  /** `host:port/database` */
  readonly source: string;
  readonly database: string;
  readonly lake: string;
  readonly warehouse: string;
  /** Of tailrace. */
  readonly version: string;
}

/** The same, and since when the monitor looks at it. */
export interface PipelineReport extends PipelinePlaces {
  /** ISO 8601, our clock. */
  readonly startedAt: string;
}
