/** What one kind of answer was seen how often. */
export interface VersionCounts {
  total: number;
  failed: number;
}

/** What users got. */
export interface AnswerSummary {
  readonly total: number;
  readonly ok: number;
  readonly failed: number;
  /** By status; `0` for requests without any answer. */
  readonly byStatus: Readonly<Record<string, number>>;
  /** By the version that answered; the load balancer's own answers under `none`. */
  readonly byVersion: Readonly<Record<string, Readonly<VersionCounts>>>;
  /** Milliseconds since the epoch on the cloud's clock. */
  readonly firstFailureAt: number | undefined;
  readonly lastFailureAt: number | undefined;
}

/** Counts answers; 5xx and none at all are failures. */
export class AnswerCounts {
  #total = 0;
  #failed = 0;
  readonly #byStatus = new Map<string, number>();
  readonly #byVersion = new Map<string, VersionCounts>();
  #firstFailureAt: number | undefined;
  #lastFailureAt: number | undefined;

  add(answer: { status: number; version?: string | undefined; at: number; count?: number }): void {
    const { status, version = 'none', at, count = 1 } = answer;
    const failed = status === 0 || status >= 500;
    this.#total += count;
    this.#byStatus.set(String(status), (this.#byStatus.get(String(status)) ?? 0) + count);
    const seen = this.#byVersion.get(version) ?? { total: 0, failed: 0 };
    this.#byVersion.set(version, seen);
    seen.total += count;
    if (!failed) return;
    seen.failed += count;
    this.#failed += count;
    this.#firstFailureAt ??= at;
    this.#lastFailureAt = at;
  }

  summary(): AnswerSummary {
    return {
      total: this.#total,
      ok: this.#total - this.#failed,
      failed: this.#failed,
      byStatus: Object.fromEntries(this.#byStatus),
      byVersion: Object.fromEntries(
        [...this.#byVersion].map(([key, counts]) => [key, { ...counts }]),
      ),
      firstFailureAt: this.#firstFailureAt,
      lastFailureAt: this.#lastFailureAt,
    };
  }
}
