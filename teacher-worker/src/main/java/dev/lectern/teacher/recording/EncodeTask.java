package dev.lectern.teacher.recording;

/**
 * A view and its outputs.
 *
 * @param slot place of the view in its batch
 * @param lease on the outputs of the batch, to be released once they are encoded
 */
record EncodeTask(DecodedView view, int slot, OutputLease lease) {}
