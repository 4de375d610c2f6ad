/** Slipway's own bus: one event per fact worth telling. */
export interface Bus {
  tell(event: {
    readonly source: string;
    readonly detailType: string;
    readonly detail: object;
  }): Promise<void>;
}
