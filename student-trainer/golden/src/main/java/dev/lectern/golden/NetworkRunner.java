package dev.lectern.golden;

/** Answers the network cases of one family of detectors. */
@FunctionalInterface
interface NetworkRunner {
  /** Builds the network of a case, and computes what the case asks for. */
  NetworkAnswer answer(NetworkCase question);
}
