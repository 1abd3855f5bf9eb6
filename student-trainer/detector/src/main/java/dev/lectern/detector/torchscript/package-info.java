/** Student networks that come as TorchScript files with trainable parameters. */
package dev.lectern.detector.torchscript;
