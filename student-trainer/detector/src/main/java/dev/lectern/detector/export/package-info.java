/** Trained networks as model files with the descriptor that makes them the next teacher. */
package dev.lectern.detector.export;
