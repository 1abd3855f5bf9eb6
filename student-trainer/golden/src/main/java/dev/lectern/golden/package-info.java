/**
 * Golden vectors: cases whose inputs and expected values, tensors and gradients were made by
 * executing the reference implementations, and the verifier that runs ours against them.
 */
package dev.lectern.golden;
