package dev.lectern.teacher.recording;

import java.nio.FloatBuffer;
import java.util.List;

/**
 * Views and their input tensor (N, 3, H, W); places after the last view are zero.
 *
 * @param done gives the input back once the teacher has read it
 */
record Batch(List<DecodedView> views, FloatBuffer input, Runnable done) {}
