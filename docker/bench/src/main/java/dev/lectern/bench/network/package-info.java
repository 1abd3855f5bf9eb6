/** Training steps of networks against the same networks in PyTorch. */
package dev.lectern.bench.network;
