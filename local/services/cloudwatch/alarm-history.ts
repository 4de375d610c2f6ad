import type {
  AlarmHistoryItem,
  DescribeAlarmHistoryInput,
  HistoryItemType,
} from '@aws-sdk/client-cloudwatch';
import type { AlarmRecord } from './alarm.ts';
import { page } from './page.ts';

/** CloudWatch keeps alarm history for 30 days. */
const KEEP = 30 * 24 * 60 * 60_000;

interface Item extends AlarmHistoryItem {
  readonly Timestamp: Date;
}

/** What happened to the alarms of one place. */
export class AlarmHistory {
  #items: Item[] = [];

  /** Notes one event of an alarm. */
  add(
    alarm: Pick<AlarmRecord, 'name' | 'type'>,
    kind: HistoryItemType,
    summary: string,
    data: object,
    now: number,
  ): void {
    const oldest = this.#items[0];
    if (oldest && oldest.Timestamp.getTime() < now - 2 * KEEP) {
      this.#items = this.#items.filter(({ Timestamp }) => Timestamp.getTime() >= now - KEEP);
    }
    this.#items.push({
      AlarmName: alarm.name,
      AlarmType: alarm.type,
      Timestamp: new Date(now),
      HistoryItemType: kind,
      HistorySummary: summary,
      HistoryData: JSON.stringify({ version: '1.0', ...data }),
    });
  }

  /** DescribeAlarmHistory. */
  describe(input: DescribeAlarmHistoryInput, now: number) {
    const from = Math.max(input.StartDate?.getTime() ?? 0, now - KEEP);
    const to = input.EndDate?.getTime() ?? Number.POSITIVE_INFINITY;
    const types = input.AlarmTypes ?? ['MetricAlarm'];
    const found = this.#items.filter(
      (item) =>
        item.Timestamp.getTime() >= from &&
        item.Timestamp.getTime() <= to &&
        (input.AlarmName === undefined || item.AlarmName === input.AlarmName) &&
        (input.HistoryItemType === undefined || item.HistoryItemType === input.HistoryItemType) &&
        types.includes(item.AlarmType ?? 'MetricAlarm'),
    );
    const ordered = input.ScanBy === 'TimestampAscending' ? found : found.toReversed();
    const { items, NextToken } = page(ordered, input.MaxRecords ?? 100, input.NextToken);
    return { AlarmHistoryItems: items, ...(NextToken === undefined ? {} : { NextToken }) };
  }
}
