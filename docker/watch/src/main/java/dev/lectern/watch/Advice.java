package dev.lectern.watch;

/**
 * What holds a recording and its runs up, and what would help.
 *
 * @param recording that it is about
 * @param bottleneck the part that sets the pace
 * @param text one to three plain sentences
 */
public record Advice(String recording, Side bottleneck, String text) {}
