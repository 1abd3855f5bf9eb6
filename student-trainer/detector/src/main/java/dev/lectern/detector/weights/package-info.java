/**
 * Files of weights in the safetensors layout, written whole or not at all and checked when read.
 */
package dev.lectern.detector.weights;
