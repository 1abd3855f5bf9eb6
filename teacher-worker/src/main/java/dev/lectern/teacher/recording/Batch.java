package dev.lectern.teacher.recording;

import java.nio.FloatBuffer;
import java.util.List;

/** Views and their input tensor (N, 3, H, W); places after the last view are zero. */
record Batch(List<DecodedView> views, FloatBuffer input) {}
