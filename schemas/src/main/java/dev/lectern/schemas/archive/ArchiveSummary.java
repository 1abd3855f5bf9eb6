package dev.lectern.schemas.archive;

/**
 * What an export wrote or an import brought in.
 *
 * @param recording its name
 * @param dataset its name
 * @param views of the dataset that were carried; 0 where they were left out or there already
 * @param payloads that were carried; 0 for those that an earlier import had brought in
 * @param payloadBytes of those
 * @param digest of the recording, the same on both sides
 */
public record ArchiveSummary(
    String recording,
    String dataset,
    long views,
    long payloads,
    long payloadBytes,
    String digest) {}
