package main

import (
	"fmt"
	"os"
	"path/filepath"

	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
)

// logger returns the log of one run: JSON in the run directory, and readable
// lines on stderr with --verbose. The function closes it.
func (a *app) logger(path string) (*zap.Logger, func(), error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, nil, fmt.Errorf("open log: %w", err)
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return nil, nil, fmt.Errorf("open log: %w", err)
	}
	config := zap.NewProductionEncoderConfig()
	config.EncodeTime = zapcore.RFC3339NanoTimeEncoder
	core := zapcore.NewCore(zapcore.NewJSONEncoder(config), zapcore.AddSync(file), zap.DebugLevel)
	if a.verbose {
		readable := zap.NewDevelopmentEncoderConfig()
		readable.EncodeTime = zapcore.TimeEncoderOfLayout("15:04:05.000")
		core = zapcore.NewTee(core, zapcore.NewCore(zapcore.NewConsoleEncoder(readable), zapcore.AddSync(a.stderr), zap.DebugLevel))
	}
	log := zap.New(core)
	return log, func() { _ = file.Close() }, nil
}
