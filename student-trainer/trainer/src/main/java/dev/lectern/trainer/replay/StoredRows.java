package dev.lectern.trainer.replay;

/**
 * A batch's values of one level, of which the recording holds some positions.
 *
 * @param rows (M, C), a row for each stored position of each view
 * @param index (N * H * W) row of each position, view by view; -1 where absent
 */
public record StoredRows(FloatArray rows, int[] index) {}
