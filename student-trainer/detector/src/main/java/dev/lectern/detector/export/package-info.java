/** Trained networks as ONNX files with the descriptor that makes them the next teacher. */
package dev.lectern.detector.export;
