package dev.lectern.golden;

/** Runs the network cases of one family of detectors. */
@FunctionalInterface
public interface NetworkRunner {
  /** Builds the network of a case, and computes what the case asks for. */
  NetworkResult run(NetworkCase golden);
}
