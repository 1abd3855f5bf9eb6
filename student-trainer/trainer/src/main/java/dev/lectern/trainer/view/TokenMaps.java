package dev.lectern.trainer.view;

import ai.djl.ndarray.NDArray;
import java.util.List;

/**
 * A foundation model's tokens and the student's features, each on grids of its own.
 *
 * @param teacher (N, C, h, w), of any stride, constant
 * @param student (N, C', H, W) of every level, with gradient
 */
public record TokenMaps(NDArray teacher, List<NDArray> student) {}
