package dev.lectern.watch;

import java.util.List;

/**
 * Everything there is to see at one moment; as JSON it is the answer of {@code lectern status
 * --json} and what the dashboard shows.
 *
 * <p>Fields are only added within a version. Rates are of the last half minute.
 *
 * @param version of this form
 * @param at ISO 8601, UTC
 * @param bootstrapServers the brokers that were asked
 * @param datasets by name
 * @param recordings by name
 * @param workers of the last hour: those at work first, then by recording and name
 * @param runs of the last week: those at work first, then newest first
 * @param advice what holds each recording or its runs up, in plain words
 * @param warnings what endangers data: topics whose records the broker deletes, records that do not
 *     decode; in plain words
 * @param finishBy null unless a time was asked for
 */
public record FleetView(
    int version,
    String at,
    String bootstrapServers,
    List<DatasetView> datasets,
    List<RecordingView> recordings,
    List<WorkerView> workers,
    List<RunView> runs,
    List<Advice> advice,
    List<String> warnings,
    FinishBy finishBy) {
  /** The present form. */
  public static final int VERSION = 1;
}
